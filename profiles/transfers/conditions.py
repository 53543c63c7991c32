"""On which conditions somebody is employed now: a move offers the same unless it says otherwise."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.employments.models import ContractType, Employment
from profiles.pay.models import FULL_TIME, PayRecord
from profiles.temporal import current


@dataclass(frozen=True)
class Conditions:
    """Hours in thousandths of full time, the place whose scale is paid, and the contract."""

    fte_thousandths: int = FULL_TIME
    pay_location: str = ""
    contract_type: ContractType = ContractType.PERMANENT


def conditions_of(session: Session, employment_id: UUID, at: datetime, known_at: datetime) -> Conditions:
    """Those of an employment at a moment; where nothing is recorded, those of whoever begins."""
    standard = Conditions()
    paid = next(iter(current(session, PayRecord, at, known_at, employment_id=employment_id)), None)
    held = next(iter(current(session, Employment, at, known_at, fact_id=employment_id)), None)
    return Conditions(
        paid.fte_thousandths if paid is not None else standard.fte_thousandths,
        paid.location if paid is not None else standard.pay_location,
        held.contract_type if held is not None else standard.contract_type,
    )

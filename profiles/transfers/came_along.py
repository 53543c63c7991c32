"""What came along of pension and leave, as payroll of the new department needs it to say whether it is right.

As the record says it now of the first day under the new employment. Absence, which goes along too, is not
payroll's to read.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from profiles.leave.models import LeaveBalance
from profiles.pay.models import PensionMembership
from profiles.transfers.first_day import first_versions
from profiles.transfers.models import Transfer
from profiles.transfers.shifting import boundary_of, find_new_employment


@dataclass(frozen=True)
class CameAlong:
    """What nothing is recorded of is None."""

    pension: PensionMembership | None
    leave: LeaveBalance | None


def find_came_along(session: Session, transfer: Transfer, now: datetime) -> CameAlong | None:
    """None while nothing is recorded for the new department, or not any more."""
    new = find_new_employment(session, boundary_of(transfer), now)
    if new is None:
        return None
    key = [new.fact_id]
    pensions = first_versions(session, PensionMembership, "employment_id", key, now)
    balances = first_versions(session, LeaveBalance, "employment_id", key, now)
    return CameAlong(pensions.get(new.fact_id), balances.get(new.fact_id))

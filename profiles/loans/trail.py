"""What the audit trail says of a loan."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.loans import policy
from profiles.loans.models import Loan, LoanSide


def audit(
    session: Session,
    event: Event,
    loan: Loan,
    by: UUID | None,
    now: datetime,
    side: LoanSide | None = None,
    **details: str,
) -> None:
    """Note what happened to a loan; without ``by``, time or a change of the record did it."""
    append(
        session,
        event,
        Initiator.person(by) if by else Initiator.system("time"),
        now,
        person_id=loan.person_id,
        organisation_id=policy.organisation_of(loan, side) if side else None,
        details={"loan": str(loan.id), "state": loan.state.value, **details},
    )

"""Takes a plan back. A loan that was to become this move ends as it was agreed meanwhile, and no later."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.loans.facts import move_end
from profiles.loans.models import Loan
from profiles.transfers import facts
from profiles.transfers.models import Transfer


def retract(
    session: Session, transfer: Transfer, now: datetime, by: UUID | None, *, until: datetime | None = None
) -> None:
    """Undo the plan before *leave* as ``facts.retract`` does, and end what a loan recorded with that loan."""
    facts.retract(session, transfer, now, by, until=until)
    for loan in session.exec(select(Loan).where(col(Loan.transfer_id) == transfer.id)).all():
        move_end(session, loan, loan.ends_at, now, by)

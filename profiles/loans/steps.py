"""Moves a loan from state to state by a conditional UPDATE: of two who act at once, one is told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.errors import Conflict, NotFound
from profiles.loans import states
from profiles.loans.models import Loan, LoanSide, LoanState, LoanStep


def get(session: Session, loan_id: UUID) -> Loan:
    """The loan with this id, as it stands. Raises NotFound."""
    found = session.exec(select(Loan).where(col(Loan.id) == loan_id)).first()
    if found is None:
        raise NotFound("There is no such loan.")
    return found


def move_to(
    session: Session,
    loan: Loan,
    following: LoanState,
    now: datetime,
    by: UUID | None,
    *,
    side: LoanSide | None = None,
    reason: str = "",
    reason_for: LoanSide | None = None,
) -> None:
    """Take one step of the state machine and keep it in the history. Raises InvalidTransition, Conflict.

    ``side`` is the organisation for which ``by`` acts, ``reason_for`` the one that may read the reason.
    """
    present = loan.state
    states.check(loan.regime, present, following)
    claim(session, loan)
    loan.state = following
    loan.in_flight = following not in states.ENDED
    session.add(loan)
    session.add(
        LoanStep(
            loan_id=loan.id,
            from_state=present,
            to_state=following,
            at=now,
            by=by,
            side=side,
            reason=reason,
            reason_for=reason_for,
        )
    )
    session.flush()


def claim(session: Session, loan: Loan) -> None:
    """Make sure that nobody has changed the loan since it was read. Raises Conflict otherwise."""
    session.flush()
    claimed = session.execute(
        update(Loan)
        .where(col(Loan.id) == loan.id, col(Loan.version) == loan.version)
        .values(version=loan.version + 1)
        .execution_options(synchronize_session="fetch")
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Somebody else changed this loan meanwhile. Look at it again.")

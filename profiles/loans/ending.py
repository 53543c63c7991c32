"""The end of a loan: earlier than agreed, or as agreed; home HR say that the employee is back."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid
from profiles.loans import drafting, facts, notices, policy, reading, states, steps
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.roles.service import Permissions
from profiles.temporal import INSTANT, civil_date, end_of_day

_CONFIRMED_IN = (LoanState.RETURN_DUE, LoanState.ENDED_EARLY, LoanState.OVERDUE)


def end_early(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    side: LoanSide,
    officer_id: UUID,
    permissions: Permissions,
    last_day: date,
    reason: str,
) -> Loan:
    """End a loan before its last day, today at the earliest, for either organisation; all three read why.

    Host access ends with that day and home access is back on the next. Raises NotFound, NotPermitted,
    Conflict, or Invalid naming the field.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_decide(loan, side, officer_id, permissions)
    if loan.state not in states.AT_HOST or loan.ends_at <= now:
        raise Conflict("This loan is not under way, so it does not end early.")
    if not reason.strip():
        raise Invalid("Say why, so that the others know what to do.", field="reason")
    if last_day < civil_date(now):
        raise Invalid("The last day must not be in the past.", field="last_day")
    if last_day >= loan.last_day:
        raise Invalid(f"The loan ends on {loan.last_day:%-d %B %Y} already.", field="last_day")
    cut(session, loan, end_of_day(last_day), now, officer_id, side=side, reason=reason.strip())
    return loan


def cut(
    session: Session,
    loan: Loan,
    ends_at: datetime,
    now: datetime,
    by: UUID | None,
    *,
    side: LoanSide | None = None,
    reason: str = "",
) -> None:
    """Let a loan that is under way end at ``ends_at``; an extension that is pending is off."""
    facts.move_end(session, loan, ends_at, now, by)
    drafting.lapse_agreements(session, loan, only_open=True)
    loan.ends_at, loan.last_day = ends_at, civil_date(ends_at - INSTANT)
    steps.move_to(session, loan, LoanState.ENDED_EARLY, now, by, side=side, reason=reason)
    audit(session, Event.LOAN_ENDED_EARLY, loan, by, now, side)
    notices.tell(session, Notice.ENDED_EARLY, loan, now, but=[by])


def confirm_return(
    session: Session, now: datetime, *, loan_id: UUID, officer_id: UUID, permissions: Permissions
) -> Loan:
    """Home HR confirm that the employee is back, or will be on the day after the last one.

    Raises NotFound, NotPermitted, Conflict.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_decide(loan, LoanSide.HOME, officer_id, permissions)
    if loan.state not in _CONFIRMED_IN or loan.return_confirmed_by is not None:
        raise Conflict("The return of this loan does not wait for you now.")
    steps.claim(session, loan)
    loan.return_confirmed_by = officer_id
    session.add(loan)
    session.flush()
    audit(session, Event.LOAN_RETURN_CONFIRMED, loan, officer_id, now, LoanSide.HOME)
    if loan.ends_at <= now:
        end_as_agreed(session, loan, now, officer_id)
    return loan


def end_as_agreed(session: Session, loan: Loan, now: datetime, by: UUID | None) -> None:
    """The end has come: returned where home HR have confirmed it, overdue where not.

    What was corrected or imported at the host meanwhile ends with the loan too.
    """
    facts.move_end(session, loan, loan.ends_at, now, by)
    confirmed = loan.return_confirmed_by is not None
    drafting.lapse_agreements(session, loan, only_open=True)
    if not confirmed and loan.state is LoanState.OVERDUE:
        return
    following = LoanState.RETURNED if confirmed else LoanState.OVERDUE
    steps.move_to(session, loan, following, now, by, side=LoanSide.HOME if by else None)
    audit(session, Event.LOAN_RETURNED if confirmed else Event.LOAN_OVERDUE, loan, by, now)
    notices.tell(session, Notice.RETURNED if confirmed else Notice.OVERDUE, loan, now)

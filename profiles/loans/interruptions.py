"""What stops a loan before it begins: a hold by one side, or a host that is closed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid
from profiles.loans import drafting, facts, notices, policy, reading, signing, states, steps
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers.interruptions import ASKED_AGAIN_AFTER

LONGEST_HOLD = timedelta(days=183)
"""The latest review: whoever waits longer ends the loan, and drafts it again."""


def hold(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    side: LoanSide,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
    review_on: date,
) -> Loan:
    """Put a loan on hold for one side, whose officers alone read the reason, until one of them resumes it.

    Raises NotFound, NotPermitted, Conflict, InvalidTransition, or Invalid naming the field.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_decide(loan, side, officer_id, permissions)
    if not reason.strip():
        raise Invalid("Say why, for your colleagues.", field="reason")
    today = civil_date(now)
    if not today < review_on <= today + LONGEST_HOLD:
        raise Invalid("The review must be after today and within six months.", field="review_on")
    drafting.check_not_begun(loan, now)
    loan.hold_side, loan.hold_owner_id = side, officer_id
    loan.hold_reason, loan.review_on, loan.reminded_at = reason.strip(), review_on, None
    _stop(session, loan, now, officer_id)
    notices.tell(session, Notice.HELD, loan, now, but=[officer_id])
    return loan


def hold_by_record(session: Session, loan: Loan, now: datetime) -> None:
    """Put a scheduled loan on hold because the host does not exist for the whole of it any more."""
    loan.hold_side = loan.hold_owner_id = loan.review_on = None
    loan.hold_reason, loan.reminded_at = "", now
    _stop(session, loan, now, None)
    notices.tell(session, Notice.HELD, loan, now)


def resume(
    session: Session, now: datetime, *, loan_id: UUID, officer_id: UUID, permissions: Permissions
) -> Loan:
    """Let a loan go on where it was; where its start date has passed, it is agreed from the beginning.

    An officer of the side that put it on hold does so, of the home organisation where the record did. Raises
    NotFound, NotPermitted, Conflict.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    if loan.state is not LoanState.ON_HOLD or loan.resumes_to is None:
        raise Conflict("This loan is not on hold.")
    side = loan.hold_side or LoanSide.HOME
    policy.check_may_decide(loan, side, officer_id, permissions)
    following = loan.resumes_to
    loan.resumes_to = loan.hold_side = loan.hold_owner_id = loan.review_on = None
    loan.hold_reason = ""
    if loan.start_date < civil_date(now) and following in states.AGREED | {LoanState.HOST_APPROVED}:
        reason = "The start date has passed: the loan gets other dates and is agreed again."
        drafting.begin_again(session, loan, now, officer_id, reason=reason)
    else:
        following = LoanState.AGREEMENT_SIGNED if following in states.AGREED else following
        steps.move_to(session, loan, following, now, officer_id, side=side)
        signing.schedule_if_met(session, loan, now, officer_id)
    audit(session, Event.LOAN_RESUMED, loan, officer_id, now, side)
    notices.tell(session, Notice.RESUMED, loan, now, but=[officer_id])
    return loan


def due_for_review(session: Session, now: datetime, limit: int) -> Sequence[Loan]:
    """The holds about which somebody is to be asked, and was not for ``ASKED_AGAIN_AFTER``.

    What the record stopped has no day of its own: whoever can let it go on was told when it was stopped.
    """
    query = select(Loan).where(
        col(Loan.state) == LoanState.ON_HOLD,
        or_(col(Loan.reminded_at).is_(None), col(Loan.reminded_at) <= now - ASKED_AGAIN_AFTER),
        or_(col(Loan.hold_side).is_(None), col(Loan.review_on) <= civil_date(now)),
    )
    return session.exec(query.order_by(col(Loan.id)).limit(limit)).all()


def _stop(session: Session, loan: Loan, now: datetime, by: UUID | None) -> None:
    before = loan.state
    loan.resumes_to = before
    reason, side = loan.hold_reason, loan.hold_side
    if before is LoanState.SCHEDULED:
        facts.retract(session, loan, now, by)
    steps.move_to(session, loan, LoanState.ON_HOLD, now, by, side=side, reason=reason, reason_for=side)
    audit(session, Event.LOAN_HELD, loan, by, now, side)

"""A loan that has begun did so on another day: the host says so, and home agrees or not.

They came later than agreed, or sooner. The record follows, and nobody is given anything for the days that
have passed. Of a body outside for which nobody acts here home says it, and another officer of home agrees.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.audit.catalogue import Event
from profiles.employments.models import Employment
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.loans import notices, outside, policy, reading, shifting, states, steps
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.loans.notices import Notice
from profiles.loans.trail import audit
from profiles.organisations import service as organisations
from profiles.roles.parties import are_one_between, one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, who_may
from profiles.temporal import civil_date, history, start_of_day
from profiles.transfers.timetable import STANDARD, Timetable

BEGUN = states.AT_HOST - {LoanState.CONVERTING} | {LoanState.OVERDUE, LoanState.RETURNED}
"""Of one that converts, or has, also where it ended early meanwhile, the move says what began when."""
_CHANGED = "This was changed after you opened the page. Look at it again."


def asking_side(session: Session, loan: Loan, now: datetime) -> LoanSide:
    """Whose HR say so: the host's, where anybody acts for it."""
    return LoanSide.HOME if outside.home_answers(session, loan, now) else LoanSide.HOST


def may_ask(session: Session, loan: Loan, officer_id: UUID, permissions: Permissions, now: datetime) -> bool:
    """Whether somebody says that it began on another day."""
    if not _has_begun(loan, now) or loan.restart_on is not None:
        return False
    return _asks(session, loan, officer_id, permissions, now)


def may_answer(
    session: Session, loan: Loan, officer_id: UUID, permissions: Permissions, now: datetime
) -> bool:
    """Whether somebody answers what was said, or takes it back."""
    if loan.restart_on is None:
        return False
    return _decides(loan, officer_id, permissions) or _asks(session, loan, officer_id, permissions, now)


def check_may_agree(
    session: Session, loan: Loan, officer_id: UUID, permissions: Permissions, now: datetime
) -> None:
    """Raise NotPermitted unless the officer answers for home to what somebody else has said."""
    policy.check_may_decide(loan, LoanSide.HOME, officer_id, permissions)
    asked_by = loan.restart_by
    if asked_by is not None and (officer_id == asked_by or permissions.are_of(asked_by)):
        raise NotPermitted("You said so, so somebody else must agree.")
    if are_one_between(session, officer_id, asked_by, policy.both(loan), now):
        raise NotPermitted("Your shared service said so, so an officer outside it must agree.")


def who_may_agree(session: Session, loan: Loan, now: datetime) -> list[UUID]:
    """The officers of home who may agree to it."""
    apart = one_with(session, loan.restart_by, now) if loan.restart_by is not None else frozenset()
    return [
        one
        for one in who_may(session, Permission.APPROVE_TRANSFER, loan.home_organisation_id, now)
        if one not in {*apart, loan.person_id}
        and not are_one_between(session, one, loan.restart_by, policy.both(loan), now)
    ]


def ask(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    start_date: date,
    timetable: Timetable = STANDARD,
) -> Loan:
    """Say on which day they began; officers of home are asked whether they agree.

    Raises NotFound, NotPermitted, Conflict, or Invalid naming the field.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    if not _asks(session, loan, officer_id, permissions, now):
        raise NotPermitted("HR of the host say so, and nobody of their own loan.")
    if not _has_begun(loan, now):
        raise Conflict("This loan has not begun, or does not wait for this. Change its dates instead.")
    if loan.restart_on is not None:
        raise Conflict("It waits for an answer already. Take back what was said before first.")
    _check(session, loan, start_date, now, timetable)
    steps.claim(session, loan)
    loan.restart_on, loan.restart_by = start_date, officer_id
    loan.restart_due_on = civil_date(now) + timedelta(days=timetable.task_days)
    session.add(loan)
    session.flush()
    audit(session, Event.LOAN_RESTART_ASKED, loan, officer_id, now, asking_side(session, loan, now))
    notices.tell_these(session, Notice.RESTART_ASKED, loan, who_may_agree(session, loan, now), now)
    return loan


def answer(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    agreed: bool,
    seen: str,
    timetable: Timetable = STANDARD,
) -> Loan:
    """Agree for home to what was ``shown``, and correct the record; or leave it, which the host can too.

    Raises NotFound, NotPermitted, Conflict when something changed meanwhile, or Invalid.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    if not may_answer(session, loan, officer_id, permissions, now) and loan.restart_on is not None:
        raise NotPermitted("HR of home agree to it, and nobody to their own loan.")
    start_date, asked_by = loan.restart_on, loan.restart_by
    if start_date is None or seen != shown(loan):
        raise Conflict(_CHANGED)
    if agreed:
        check_may_agree(session, loan, officer_id, permissions, now)
        if not _has_begun(loan, now):
            raise Conflict("This loan has become a move meanwhile. Leave its first day as it is.")
        _check(session, loan, start_date, now, timetable)
    asked = who_may_agree(session, loan, now)
    steps.claim(session, loan)
    loan.restart_on, loan.restart_by, loan.restart_due_on = None, None, None
    if agreed:
        shifting.shift_beginning(session, loan, start_of_day(start_date), now, officer_id)
        loan.start_date, loan.begins_at = start_date, start_of_day(start_date)
    session.add(loan)
    session.flush()
    side = LoanSide.HOME if _decides(loan, officer_id, permissions) else LoanSide.HOST
    audit(
        session, Event.LOAN_RESTARTED if agreed else Event.LOAN_RESTART_REFUSED, loan, officer_id, now, side
    )
    if agreed:
        notices.tell(session, Notice.RESTARTED, loan, now, but=[officer_id])
    else:
        told = {*asked, asked_by} - {officer_id, None}
        notices.tell_these(session, Notice.RESTART_REFUSED, loan, told, now)
    return loan


def shown(loan: Loan) -> str:
    """What a page shows of it to somebody who decides."""
    return f"{loan.restart_on} {loan.start_date} {loan.version}"


def _has_begun(loan: Loan, now: datetime) -> bool:
    """Whether it has, and no move rests on it."""
    return loan.state in BEGUN and loan.transfer_id is None and loan.begins_at <= now


def _asks(session: Session, loan: Loan, officer_id: UUID, permissions: Permissions, now: datetime) -> bool:
    own = permissions.are_of(loan.person_id) or officer_id == loan.person_id
    place = policy.organisation_of(loan, asking_side(session, loan, now))
    return not own and permissions.allows(Permission.APPROVE_TRANSFER, place)


def _decides(loan: Loan, officer_id: UUID, permissions: Permissions) -> bool:
    own = permissions.are_of(loan.person_id) or officer_id == loan.person_id
    return not own and permissions.allows(Permission.APPROVE_TRANSFER, loan.home_organisation_id)


def _check(session: Session, loan: Loan, start_date: date, now: datetime, timetable: Timetable) -> None:
    most = timetable.backdate_days
    if start_date > civil_date(now):
        raise Invalid("The start date must have come: they work there already.", field="start_date")
    if abs(start_date - loan.start_date) > timedelta(days=most):
        raise Invalid(
            f"The start date must not be more than {most} days from the one that is recorded.",
            field="start_date",
        )
    if start_date == loan.start_date:
        raise Invalid("This is the date that is recorded.", field="start_date")
    if start_date > loan.last_day:
        raise Invalid(
            "The loan had ended by then. If they never came, end it with the day before it began.",
            field="start_date",
        )
    begins_at = start_of_day(start_date)
    try:
        organisations.get(session, loan.host_organisation_id, begins_at)
    except NotFound:
        raise Invalid("The host did not exist then.", field="start_date") from None
    if not _was_free(session, loan, begins_at, now):
        raise Invalid(
            "By the record they could not begin then: HR of the home organisation can say why.",
            field="start_date",
        )


def _was_free(session: Session, loan: Loan, begins_at: datetime, now: datetime) -> bool:
    """Whether the employment that lends them had begun, and no other loan of theirs lasted yet."""
    versions = history(session, Employment, now, fact_id=loan.employment_id)
    if not any(one.valid_from <= begins_at for one in versions):
        return False
    others = select(Loan.id).where(
        col(Loan.person_id) == loan.person_id,
        col(Loan.id) != loan.id,
        col(Loan.begins_at) < loan.begins_at,
        col(Loan.ends_at) > begins_at,
        or_(col(Loan.state).in_(BEGUN), col(Loan.state) == LoanState.CONVERTED),
    )
    return session.exec(others.limit(1)).first() is None

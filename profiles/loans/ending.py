"""The end of a loan: earlier than agreed, or as agreed; home HR say that the employee is back.

The host ends what is its own by one officer. Where home ends it, access there wakes earlier than was agreed:
a second officer of home decides on that, as on all that opens access.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid
from profiles.loans import drafting, facts, notices, policy, reading, states, steps
from profiles.loans.models import Loan, LoanSide, LoanState
from profiles.loans.notices import Notice
from profiles.loans.preview import preview_end
from profiles.loans.trail import audit
from profiles.people.second_officers import tell_each
from profiles.roles.parties import are_one_between, one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, who_may
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
    alone_up_to: int,
    backdate_days: int = 0,
) -> Loan:
    """End a loan before its last day for either organisation; all three read why.

    Host access ends with that day and home access is back on the next: at once where they have been back
    since then, for ``backdate_days`` and today at most (the day before the start where they never came).
    Where home ends it, and that wakes the access of more people than ``alone_up_to``, it waits for another
    officer of home, and nothing ends before. Raises NotFound, NotPermitted, Conflict, or Invalid naming the
    field.
    """
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_decide(loan, side, officer_id, permissions)
    if loan.state not in states.AT_HOST or loan.ends_at <= now:
        raise Conflict("This loan is not under way, so it does not end early.")
    if not reason.strip():
        raise Invalid("Say why, so that the others know what to do.", field="reason")
    _check_not_long_ago(loan, last_day, now, backdate_days)
    if last_day >= loan.last_day:
        raise Invalid(f"The loan ends on {loan.last_day:%-d %B %Y} already.", field="last_day")
    ends_at, words = end_of_day(last_day), reason.strip()
    alone = policy.ends_alone(session, loan, side, officer_id, permissions, now)
    if not alone and wakes(session, loan, ends_at, now) > alone_up_to:
        _ask(session, loan, now, officer_id, last_day, words)
    else:
        _end(session, loan, last_day, now, officer_id, side, words)
    return loan


def wakes(session: Session, loan: Loan, ends_at: datetime, now: datetime) -> int:
    """How many people's access begins or widens where the loan ends then: one or none."""
    turns = preview_end(session, loan, ends_at, now)
    return int(any(not set(one.roles_after) <= set(one.roles_before) for one in turns))


def is_asked(loan: Loan, now: datetime) -> bool:
    """Whether home's wish to have them back waits for a second officer: until the loan ends at the latest."""
    lasts = loan.state in states.AT_HOST and loan.ends_at > now
    return lasts and loan.end_asked_day is not None and loan.end_asked_day < loan.last_day


def agree_to_end(
    session: Session,
    now: datetime,
    *,
    loan_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    version: int,
    backdate_days: int = 0,
) -> Loan:
    """End it as a colleague of home asked, by the ``version`` of the loan that the officer saw.

    Raises NotFound, NotPermitted, and Conflict where it does not wait any more, was changed meanwhile or asks
    for a day that is too long ago by now.
    """
    loan = _asked(session, now, loan_id, officer_id, permissions)
    policy.check_may_agree_to_end(session, loan, officer_id, permissions, now)
    if loan.version != version or loan.end_asked_day is None:
        raise Conflict("Somebody else changed this loan meanwhile. Look at it again.")
    if loan.end_asked_day < earliest_last_day(now, backdate_days):
        raise Conflict("That day is too long ago by now. Leave it, and ask for another one.")
    day, reason = loan.end_asked_day, loan.end_asked_reason
    _end(session, loan, day, now, officer_id, LoanSide.HOME, reason)
    return loan


def leave_as_agreed(
    session: Session, now: datetime, *, loan_id: UUID, officer_id: UUID, permissions: Permissions
) -> Loan:
    """Let nothing come of home's wish; who asked takes it back so.

    Raises NotFound, NotPermitted, and Conflict where it does not wait any more.
    """
    loan = _asked(session, now, loan_id, officer_id, permissions)
    steps.claim(session, loan)
    _forget_wish(loan)
    session.add(loan)
    session.flush()
    audit(session, Event.LOAN_END_REFUSED, loan, officer_id, now, LoanSide.HOME)
    return loan


def earliest_last_day(now: datetime, backdate_days: int) -> date:
    """Who was back on the earliest day that may be told of afterwards was away until the day before it."""
    return civil_date(now) - timedelta(days=backdate_days + 1)


def who_may_agree(session: Session, loan: Loan, now: datetime) -> list[UUID]:
    """The officers of home who may agree to the wish of their colleague."""
    sides = policy.both(loan)
    apart = one_with(session, loan.end_asked_by, now) if loan.end_asked_by is not None else frozenset()
    return [
        one
        for one in who_may(session, Permission.APPROVE_TRANSFER, loan.home_organisation_id, now)
        if one not in {*apart, loan.person_id}
        and not are_one_between(session, one, loan.end_asked_by, sides, now)
    ]


def _check_not_long_ago(loan: Loan, last_day: date, now: datetime, backdate_days: int) -> None:
    never_came = loan.start_date - timedelta(days=1)
    if last_day < never_came:
        raise Invalid(
            f"The loan began on {loan.start_date:%-d %B %Y}. If they never came, the last day was "
            f"{never_came:%-d %B %Y}.",
            field="last_day",
        )
    earliest = earliest_last_day(now, backdate_days)
    if last_day < earliest:
        raise Invalid(f"The last day must be {earliest:%-d %B %Y} or later.", field="last_day")


def _end(
    session: Session,
    loan: Loan,
    last_day: date,
    now: datetime,
    by: UUID,
    side: LoanSide,
    reason: str,
) -> None:
    """End it with that day. Home that says so afterwards says with it that they are back."""
    ends_at = end_of_day(last_day)
    if side is LoanSide.HOME and ends_at <= now:
        loan.return_confirmed_by = by
        audit(session, Event.LOAN_RETURN_CONFIRMED, loan, by, now, side)
    cut(session, loan, ends_at, now, by, side=side, reason=reason)


def _asked(
    session: Session, now: datetime, loan_id: UUID, officer_id: UUID, permissions: Permissions
) -> Loan:
    loan = reading.get_for(session, loan_id, officer_id, permissions)
    policy.check_may_decide(loan, LoanSide.HOME, officer_id, permissions)
    if not is_asked(loan, now):
        raise Conflict("Nobody asks for an early end of this loan any more.")
    return loan


def _ask(session: Session, loan: Loan, now: datetime, officer_id: UUID, last_day: date, reason: str) -> None:
    if is_asked(loan, now):
        raise Conflict("A colleague has asked for an early end already. Look at it again.")
    steps.claim(session, loan)
    loan.end_asked_by, loan.end_asked_at = officer_id, now
    loan.end_asked_day, loan.end_asked_reason = last_day, reason
    session.add(loan)
    session.flush()
    audit(session, Event.LOAN_END_ASKED, loan, officer_id, now, LoanSide.HOME)
    tell_each(
        session,
        now,
        who_may_agree(session, loan, now),
        organisation_id=loan.home_organisation_id,
        what="the early end of a loan",
        where="Loans",
    )


def _forget_wish(loan: Loan) -> None:
    loan.end_asked_by, loan.end_asked_at = None, None
    loan.end_asked_day, loan.end_asked_reason = None, ""


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
    """Let a loan that is under way end at ``ends_at``; an extension that is pending is off.

    Where it has ended by then, and home has said that they are back, all are told just that, next.
    """
    facts.move_end(session, loan, ends_at, now, by)
    drafting.lapse_agreements(session, loan, only_open=True)
    loan.ends_at, loan.last_day = ends_at, civil_date(ends_at - INSTANT)
    _forget_wish(loan)
    steps.move_to(session, loan, LoanState.ENDED_EARLY, now, by, side=side, reason=reason)
    audit(session, Event.LOAN_ENDED_EARLY, loan, by, now, side)
    if ends_at > now or loan.return_confirmed_by is None:
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

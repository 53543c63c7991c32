"""Who is to act in a loan, what they do and by when; and what of it waits for one officer."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select

from profiles.errors import ProfileError
from profiles.loans import approving, clearance, ending, gates, outside, policy, reading, restarting
from profiles.loans.models import Loan, LoanAgreement, LoanSide, LoanState
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date

ACT_WITHIN = timedelta(days=7)
"""How long each has for their part, and never beyond the day before the loan begins or an old end comes."""


class Act(StrEnum):
    """What somebody is to do."""

    SUBMIT = "submit"
    APPROVE = "approve"
    DESCRIBE_POST = "describe_post"
    RECORD_OUTSIDE = "record_outside"
    AGREE_CLEARANCE = "agree_clearance"
    SIGN = "sign"
    CHANGE_DATES = "change_dates"
    SETTLE_CLEARANCE = "settle_clearance"
    REVIEW_HOLD = "review_hold"
    CONFIRM_RETURN = "confirm_return"
    AGREE_TO_END = "agree_to_end"
    AGREE_START = "agree_start"
    """Another officer agrees or not that it began on another day; the loan may be over."""


_BY_SECURITY = frozenset({Act.AGREE_CLEARANCE})
OF_HOME = _BY_SECURITY | {Act.AGREE_TO_END, Act.SETTLE_CLEARANCE}
"""What the host is not told of."""


@dataclass(frozen=True)
class Waiting:
    """One thing to do by the end of a civil day; ``side`` is None where the employee does it."""

    loan: Loan
    act: Act
    side: LoanSide | None
    due_on: date


def waiting_of(session: Session, loan: Loan, now: datetime) -> list[Waiting]:
    """All that a loan waits for now; nothing of one that goes its way by itself."""
    found = _on_its_way(session, loan, now)
    if ending.is_asked(loan, now):
        found.insert(0, Waiting(loan, Act.AGREE_TO_END, LoanSide.HOME, _agreed_by(loan)))
    if loan.restart_due_on is not None:
        found.insert(0, Waiting(loan, Act.AGREE_START, LoanSide.HOME, loan.restart_due_on))
    return found


def _agreed_by(loan: Loan) -> date:
    """By the day that is asked for, in a week at the latest; where it has passed, on the day after asking."""
    asked_on = civil_date(loan.end_asked_at or loan.created_at)
    due_on = asked_on + ACT_WITHIN
    if loan.end_asked_day is not None:
        due_on = min(due_on, loan.end_asked_day)
    return max(asked_on + timedelta(days=1), due_on)


def _on_its_way(session: Session, loan: Loan, now: datetime) -> list[Waiting]:
    agreement = reading.find_open(session, loan.id)
    entered = civil_date(reading.entered_at(session, loan))
    if loan.state is LoanState.ON_HOLD:
        side = loan.hold_side or LoanSide.HOME
        return [Waiting(loan, Act.REVIEW_HOLD, side, loan.review_on or loan.start_date)]
    if loan.state in (LoanState.RETURN_DUE, LoanState.ENDED_EARLY, LoanState.OVERDUE):
        confirmed = loan.return_confirmed_by is not None
        return [] if confirmed else [Waiting(loan, Act.CONFIRM_RETURN, LoanSide.HOME, loan.last_day)]
    if loan.state is LoanState.EXTENSION_PENDING and agreement is not None:
        due_on = min(entered + ACT_WITHIN, loan.last_day)
        waits = [*_of_extension(session, loan, agreement, now)]
        if clearance.is_open(session, loan, now):
            waits.append((Act.AGREE_CLEARANCE, LoanSide.HOME))
        return [Waiting(loan, act, side, due_on) for act, side in waits]
    if loan.start_date < civil_date(now) and loan.state in _BEFORE:
        return [Waiting(loan, Act.CHANGE_DATES, LoanSide.HOME, loan.start_date)]
    due_on = max(min(entered + ACT_WITHIN, loan.start_date - timedelta(days=1)), entered)
    return [Waiting(loan, act, side, due_on) for act, side in _before_start(session, loan, agreement, now)]


def as_told(found: Iterable[Waiting], sides: Collection[LoanSide]) -> list[Waiting]:
    """The same to who is on these sides, none for the employee.

    When a hold is looked at again is its own side's alone. That a clearance is held, and asked about, is told
    to home and to the employee; so is that home asks for an early end.
    """
    to_host_alone = LoanSide.HOST in sides and LoanSide.HOME not in sides
    return [
        replace(one, due_on=one.loan.start_date)
        if one.act is Act.REVIEW_HOLD and one.side not in sides
        else one
        for one in found
        if not (to_host_alone and one.act in OF_HOME)
    ]


def waiting_for(
    session: Session, officer_id: UUID, permissions: Permissions, now: datetime
) -> tuple[list[Waiting], list[Waiting]]:
    """What waits for this officer of HR, and what the loans that they follow wait for from others."""
    mine = permissions.organisations(Permission.SEE_TRANSFERS)
    query = select(Loan).where(
        or_(col(Loan.in_flight).is_(True), col(Loan.restart_on).is_not(None)),
        col(Loan.person_id) != officer_id,
        or_(
            col(Loan.home_organisation_id).in_(mine),
            and_(col(Loan.host_organisation_id).in_(mine), col(Loan.host_informed).is_(True)),
        ),
    )
    own: list[Waiting] = []
    others: list[Waiting] = []
    for loan in session.exec(query).all():
        for one in as_told(waiting_of(session, loan, now), policy.sides_of(loan, permissions)):
            (own if _is_for(session, one, officer_id, permissions, now) else others).append(one)
    return _sorted(own), _sorted(others)


def waiting_for_security(
    session: Session, officer_id: UUID, permissions: Permissions, now: datetime
) -> list[Waiting]:
    """The loans of others that wait for this security officer."""
    mine = permissions.organisations(Permission.MANAGE_CLEARANCES)
    query = select(Loan).where(
        col(Loan.home_organisation_id).in_(mine),
        col(Loan.person_id) != officer_id,
        col(Loan.state).in_((*_ASKS_SECURITY, LoanState.EXTENSION_PENDING)),
    )
    return _sorted(
        one
        for loan in session.exec(query).all()
        if not permissions.are_of(loan.person_id)
        for one in waiting_of(session, loan, now)
        if one.act is Act.SETTLE_CLEARANCE
        or (one.act in _BY_SECURITY and _may_agree(session, loan, officer_id, permissions))
    )


_BEFORE = (LoanState.EMPLOYEE_SUBMITTED, LoanState.HOME_APPROVED, LoanState.HOST_APPROVED, LoanState.DRAFT)
_ASKS_SECURITY = (LoanState.HOME_APPROVED, LoanState.HOST_APPROVED, LoanState.AGREEMENT_SIGNED)


def _before_start(
    session: Session, loan: Loan, agreement: LoanAgreement | None, now: datetime
) -> Iterable[tuple[Act, LoanSide | None]]:
    if loan.state is LoanState.DRAFT:
        yield Act.SUBMIT, None
    elif loan.state is LoanState.EMPLOYEE_SUBMITTED:
        yield Act.APPROVE, LoanSide.HOME
    elif outside.waits(session, loan, now):
        yield Act.RECORD_OUTSIDE, LoanSide.HOME
    elif loan.state is LoanState.HOME_APPROVED:
        described = agreement is not None and agreement.described_by is not None
        yield Act.APPROVE if described else Act.DESCRIBE_POST, LoanSide.HOST
    elif loan.state is LoanState.HOST_APPROVED:
        yield Act.SIGN, None
    elif loan.state is LoanState.AGREEMENT_SIGNED:
        failing = gates.failing(session, loan, now)
        if gates.Gate.START in failing or gates.Gate.EMPLOYMENT in failing:
            yield Act.CHANGE_DATES, LoanSide.HOME
        if gates.lacks_clearance(failing):
            yield Act.SETTLE_CLEARANCE, LoanSide.HOME
    if loan.state in _ASKS_SECURITY and clearance.is_open(session, loan, now):
        yield Act.AGREE_CLEARANCE, LoanSide.HOME


def _of_extension(
    session: Session, loan: Loan, agreement: LoanAgreement, now: datetime
) -> Iterable[tuple[Act, LoanSide | None]]:
    approved = {one.side for one in reading.approvals_of(session, agreement.id)}
    answers = outside.home_answers(session, loan, now)
    if outside.waits(session, loan, now):
        yield Act.RECORD_OUTSIDE, LoanSide.HOME
    for side in LoanSide:
        if side not in approved and not (answers and side is LoanSide.HOST):
            yield Act.APPROVE, side
    if agreement.signed_at is None:
        yield Act.SIGN, None


def _is_for(
    session: Session, one: Waiting, officer_id: UUID, permissions: Permissions, now: datetime
) -> bool:
    if one.side is None or one.act in _BY_SECURITY:
        return False
    try:
        if one.act is Act.APPROVE:
            approving.check_may_approve(session, one.loan, one.side, officer_id, permissions, now)
        elif one.act is Act.RECORD_OUTSIDE:
            outside.check_may_record(session, one.loan, officer_id, permissions, now)
        elif one.act in (Act.DESCRIBE_POST, Act.CHANGE_DATES, Act.SETTLE_CLEARANCE):
            policy.check_may_prepare(one.loan, one.side, officer_id, permissions)
        elif one.act is Act.AGREE_START:
            restarting.check_may_agree(session, one.loan, officer_id, permissions, now)
        elif one.act is Act.AGREE_TO_END:
            policy.check_may_agree_to_end(session, one.loan, officer_id, permissions, now)
        else:
            policy.check_may_decide(one.loan, one.side, officer_id, permissions)
    except ProfileError:
        return False
    return True


def _may_agree(session: Session, loan: Loan, officer_id: UUID, permissions: Permissions) -> bool:
    agreement = reading.newest(session, loan.id)
    approvals = reading.approvals_of(session, agreement.id)
    try:
        policy.check_may_agree_clearance(loan, agreement, officer_id, permissions, approvals)
    except ProfileError:
        return False
    return True


def _sorted(found: Iterable[Waiting]) -> list[Waiting]:
    return sorted(found, key=lambda one: (one.due_on, one.loan.id, one.side or "", one.act))

"""A move that has happened is taken back by another one: the same person goes back on the terms they had.

Nothing of what happened is overwritten. Either department begins it; both approve it, the employee accepts
it, and the security officer decides on the clearance. What the first move has settled is not asked again.

Somebody who never came to the new department goes back to the day after their last one in the old department:
nothing of the employment there was ever so, by what is known from then on.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Posting
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations.move_rules import RULES
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date, start_of_day
from profiles.transfers import (
    granted_anew,
    managers,
    movable,
    policy,
    preparing,
    standing_in,
    states,
    steps,
    tasks,
)
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.preparing import Employee
from profiles.transfers.previous import Previous, find_previous
from profiles.transfers.terms import Terms
from profiles.transfers.timetable import STANDARD, Timetable

REVERSIBLE = frozenset({TransferState.JOINED, TransferState.RECONCILING, TransferState.COMPLETED})
WITHIN = timedelta(days=365)
"""For so long from the start date on a move is reversed; what they had before it is long past then."""
SETTLED = "As it was before the move that this one reverses."
_SETTLED_BEFORE = (TaskKind.EMPLOYEE_DETAILS, TaskKind.BPSS, TaskKind.LINE_MANAGER)
"""Known from the first move, or of a post that somebody held for a short time; nobody is asked anew."""


def is_reversible(transfer: Transfer, now: datetime) -> bool:
    """Whether the move has happened, not more than a year ago, and its rules know a way back."""
    known = RULES[transfer.regime].is_reversible
    return known and transfer.state in REVERSIBLE and now < transfer.join_at + WITHIN


def may_reverse(transfer: Transfer, officer_id: UUID, permissions: Permissions) -> bool:
    """Whether somebody prepares transfers for one of the two organisations, and is not the employee."""
    own = permissions.are_of(transfer.person_id) or officer_id == transfer.person_id
    return not own and any(
        permissions.allows(Permission.PREPARE_TRANSFER, policy.organisation_of(transfer, side))
        for side in Side
    )


def find_reversal(session: Session, transfer: Transfer) -> Transfer | None:
    """The transfer that reverses this one, under way or done; none that came to nothing."""
    found = select(Transfer).where(
        col(Transfer.reverses_id) == transfer.id,
        col(Transfer.state).not_in(states.ENDED - {TransferState.COMPLETED}),
    )
    return session.exec(found).first()


def offer_reversal(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    start_date: date | None,
    last_day: date | None = None,
    never_came: bool = False,
    backdate_days: int = 0,
) -> Transfer:
    """The transfer as ``reverse`` would begin it: checked whole, nothing written.

    It has dates of its own where they ``never_came`` to a move that began ``backdate_days`` ago at most.
    Raises NotFound, NotPermitted, Conflict, or Invalid naming the field.
    """
    moved = steps.get(session, transfer_id)
    policy.check_may_see(moved, officer_id, permissions)
    if not may_reverse(moved, officer_id, permissions):
        raise NotPermitted("You may not prepare transfers for either department, or it is your own.")
    if moved.state not in REVERSIBLE:
        raise Conflict("Only a move that has happened is reversed. Before the last day it can be stopped.")
    if not RULES[moved.regime].is_reversible:
        raise Conflict("The move back is a new appointment. Prepare an ordinary move.")
    if not is_reversible(moved, now):
        raise Conflict("This move happened more than a year ago. Prepare an ordinary move.")
    if find_reversal(session, moved) is not None:
        raise Conflict("This move is being reversed already, or was.")
    try:
        posting = _post_to_leave(session, moved, now)
    except (Conflict, Invalid):
        if permissions.allows(Permission.PREPARE_TRANSFER, moved.importing_organisation_id):
            raise
        raise Conflict("This move cannot be reversed now. HR of the other department can say why.") from None
    start_date, last_day = _dates(moved, now, start_date, last_day, never_came, backdate_days)
    previous = find_previous(session, moved, start_of_day(start_date), now)
    if previous is None or previous.pay is None or previous.address is None:
        raise Conflict(
            "The record does not say any more which post, pay and address they had. Prepare an ordinary move."
        )
    terms = _terms(moved, previous, start_date, last_day)
    name = display_name(name_of(session, moved.person_id, now))
    employee = Employee(moved.person_id, name, moved.importing_organisation_id, posting.employment_id)
    back = preparing.draft(
        session,
        now,
        employee,
        officer_id,
        moved.exporting_organisation_id,
        terms,
        reverses_id=moved.id,
        never_began=never_came,
    )
    back.agree_by = civil_date(now) + timedelta(days=backdate_days) if never_came else None
    return back


def reverse(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    start_date: date | None,
    last_day: date | None = None,
    never_came: bool = False,
    timetable: Timetable = STANDARD,
) -> Transfer:
    """Begin the move back. Raises what ``offer_reversal`` raises, Conflict too when somebody was quicker."""
    transfer = offer_reversal(
        session,
        now,
        transfer_id=transfer_id,
        officer_id=officer_id,
        permissions=permissions,
        start_date=start_date,
        last_day=last_day,
        never_came=never_came,
        backdate_days=timetable.backdate_days,
    )
    moved = steps.get(session, transfer_id)
    steps.claim(session, moved)
    previous = _required(find_previous(session, moved, transfer.join_at, now))
    terms = _terms(moved, previous, transfer.start_date, transfer.last_day)
    why = "reverses a move: they never came" if never_came else "reverses a move"
    preparing.begin(session, transfer, terms, timetable, now, officer_id, why)
    for kind in _SETTLED_BEFORE:
        task = tasks.get(session, transfer, kind)
        task.done_at, task.done_by, task.outcome = now, None, SETTLED
        session.add(task)
    session.flush()
    manager_id = previous.posting.line_manager_id
    if manager_id is not None and standing_in.works_there(session, transfer, Side.IMPORTING, manager_id, now):
        managers.name(session, transfer, Side.IMPORTING, manager_id, now)
    return transfer


def follow_dates(session: Session, transfer: Transfer, now: datetime) -> None:
    """Let a move back with another start date offer the post and pay that they would have had on that day.

    A temporary promotion, for one, is over by then. Raises Invalid naming the field.
    """
    if transfer.reverses_id is None:
        return
    moved = steps.get(session, transfer.reverses_id)
    previous = find_previous(session, moved, transfer.join_at, now)
    if previous is None or previous.pay is None:
        message = "The record does not say which post and pay they would have had on that day."
        raise Invalid(message, field="start_date")
    terms = _terms(moved, previous, transfer.start_date, transfer.last_day)
    for name in (
        *("local_grade", "job_title", "profession", "unit", "location"),
        *("salary_pence", "fte_thousandths", "pay_location", "contract_type"),
    ):
        setattr(transfer, name, getattr(terms, name))
    if transfer.required_level is not terms.required_level:
        # What was decided is about the clearance that another post needs.
        transfer.required_level, transfer.clearance_released = terms.required_level, False
        transfer.dispensed_by, transfer.dispensed_until, transfer.mitigations = None, None, ""
        granted_anew.forget(transfer)
        tasks.reopen(session, transfer, TaskKind.CLEARANCE)


def _dates(
    moved: Transfer,
    now: datetime,
    start_date: date | None,
    last_day: date | None,
    never_came: bool,
    backdate_days: int,
) -> tuple[date, date | None]:
    """From when on they are back. Who never came never left: from the day after the last one on."""
    if never_came:
        if start_date is not None or last_day is not None:
            message = "Either they never came, or they are back from a day on: enter no dates."
            raise Invalid(message, field="never_came")
        if moved.start_date < civil_date(now) - timedelta(days=backdate_days):
            raise Invalid(
                f"They were to begin on {moved.start_date:%-d %B %Y}. That they never came is said within "
                f"{backdate_days} days: enter the first day back.",
                field="never_came",
            )
        back_on = moved.last_day + timedelta(days=1)
        if back_on >= civil_date(now):
            raise Invalid("They begin today. Say tomorrow that they never came.", field="never_came")
        return back_on, moved.last_day
    if start_date is None:
        raise Invalid("Enter the first day back.", field="start_date")
    return start_date, last_day


def _post_to_leave(session: Session, moved: Transfer, now: datetime) -> Posting:
    """The post that a move back ends. What stands in its way is the new department's to know alone."""
    preparing.refuse_second_move(session, moved.person_id, now)
    if preparing.posts_abroad(session, moved.person_id, now):
        raise Conflict("This person is on loan, or is about to be. The loan must end first.")
    home = movable.home_postings(session, moved.person_id, now)
    there = [one for one in home if one.organisation_id == moved.importing_organisation_id]
    if not there:
        raise Conflict("They do not work any more where this move has brought them.")
    try:
        return movable.posting_to_leave(session, moved.person_id, there[0].employment_id, now)
    except Invalid:
        raise Conflict(
            "They have another employment in your organisation, or below it, so that none moves back alone."
        ) from None


def _terms(moved: Transfer, previous: Previous, start_date: date, last_day: date | None) -> Terms:
    posting, pay, address = previous.posting, previous.pay, previous.address
    level, taken = posting.required_clearance, moved.required_level if moved.clearance_released else None
    return Terms(
        start_date=start_date,
        last_day=last_day,
        local_grade=posting.local_grade,
        job_title=posting.job_title,
        profession=posting.profession,
        unit=posting.unit,
        location=posting.location,
        employment_number=previous.employment.number,
        work_address=address.address if address is not None else "",
        salary_pence=pay.salary_pence if pay is not None else 0,
        fte_thousandths=pay.fte_thousandths if pay is not None else None,
        pay_location=pay.location if pay is not None else "",
        contract_type=previous.employment.contract_type,
        bpss_checked_on=moved.bpss_checked_on,
        required_level=ClearanceLevel(level) if level else taken,
    )


def _required(previous: Previous | None) -> Previous:
    if previous is None:
        raise Conflict("The record of the old post was changed meanwhile. Look at it again.")
    return previous

"""Another start date, earlier or later: nothing of the old one stands, and both sides approve again.

It may have passed by a few days: somebody began on Monday, and both departments agree on Wednesday that they
did. Then access turns when the second has approved, and the record says from which day they worked there.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date, end_of_day, start_of_day
from profiles.transfers import (
    clearance,
    cut_offs,
    facts,
    interruptions,
    notices,
    policy,
    reversing,
    standing_in,
    steps,
    tasks,
)
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState, TransferTask
from profiles.transfers.previous import never_came
from profiles.transfers.terms import check_dates, check_had_begun
from profiles.transfers.timetable import STANDARD, Timetable
from profiles.transfers.trail import audit


def move_start(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    start_date: date,
    last_day: date | None,
    timetable: Timetable = STANDARD,
) -> Transfer:
    """Give a transfer other dates. Whoever does so does not approve them.

    The employee accepts them anew, and so does the line manager; the first day is arranged anew. Of somebody
    who never came the same dates are offered again where nobody agreed in time: there are no others.

    Raises NotFound, NotPermitted, Conflict when it stands still or the last day has passed, or Invalid naming
    the field.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    if not permissions.allows(Permission.PREPARE_TRANSFER, transfer.importing_organisation_id):
        raise NotPermitted("Only the new department changes the dates.")
    if permissions.are_of(transfer.person_id) or officer_id == transfer.person_id:
        raise NotPermitted("You cannot change the dates of your own transfer.")
    if transfer.state not in (TransferState.IN_PROGRESS, TransferState.SCHEDULED):
        raise Conflict("The dates of this transfer cannot be changed now.")
    interruptions.check_not_left(transfer, now)
    same = (start_date, last_day or start_date - timedelta(days=1)) == (
        transfer.start_date,
        transfer.last_day,
    )
    if same and never_came(session, transfer):
        last_day = transfer.last_day
    else:
        last_day = check_dates(now, start_date, last_day, timetable.backdate_days)
        check_had_begun(session, transfer.employment_id, start_date, last_day, now)
    scheduled = transfer.state is TransferState.SCHEDULED
    steps.move_to(
        session, transfer, TransferState.IN_PROGRESS, now, officer_id, reason=_in_words(transfer, start_date)
    )
    if scheduled:
        facts.retract(session, transfer, now, officer_id)
    interruptions.begin_approvals_again(session, transfer)
    transfer.start_date, transfer.last_day = start_date, last_day
    transfer.leave_at, transfer.join_at = end_of_day(last_day), start_of_day(start_date)
    reversing.follow_dates(session, transfer, now)
    transfer.redated_by = officer_id
    transfer.dates_offered_on, transfer.date_settled_at = civil_date(now), None
    transfer.agree_by = _agree_by(transfer, timetable)
    if transfer.dispensed_until is not None and transfer.dispensed_until < start_date:
        transfer.dispensed_by, transfer.dispensed_until, transfer.mitigations = None, None, ""
    session.add(transfer)
    clearance.look(session, transfer, now)
    tasks.reopen(session, transfer, TaskKind.TERMS)
    tasks.reopen(session, transfer, TaskKind.LINE_MANAGER)
    tasks.reopen(session, transfer, TaskKind.FIRST_DAY)
    asked = (TaskKind.LINE_MANAGER, TaskKind.FIRST_DAY)
    for kind in asked:
        notices.asked(session, transfer, standing_in.asked_to_do(session, transfer, kind, now), now)
    importing = transfer.importing_organisation_id
    timetable = cut_offs.timetable_at(session, timetable, importing, now)
    _move_due_dates(session, transfer, timetable, now)
    audit(session, Event.TRANSFER_REDATED, transfer, officer_id, now, Side.IMPORTING)
    notices.redated(session, transfer, now)
    return transfer


def _agree_by(transfer: Transfer, timetable: Timetable) -> date | None:
    """Dates that have passed are agreed to within as many days as they may have; then others are offered."""
    if not transfer.is_backdated:
        return None
    return transfer.dates_offered_on + timedelta(days=timetable.backdate_days)


def _in_words(transfer: Transfer, start_date: date) -> str:
    return f"Start date moved from {transfer.start_date:%-d %B %Y} to {start_date:%-d %B %Y}."


def _move_due_dates(session: Session, transfer: Transfer, timetable: Timetable, now: datetime) -> None:
    waiting = select(TransferTask).where(
        col(TransferTask.transfer_id) == transfer.id, col(TransferTask.done_at).is_(None)
    )
    for task in session.exec(waiting).all():
        task.due_on = timetable.due_on(task.kind, transfer, civil_date(now))
        session.add(task)
    session.flush()

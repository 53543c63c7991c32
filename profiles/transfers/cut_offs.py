"""By which day of the month payroll of an organisation must have what it needs; payroll itself says so.

An organisation without a day of its own has that of the one above it, and in the end the platform's.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import Select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, who_may
from profiles.temporal import civil_date
from profiles.transfers.mailing import mail
from profiles.transfers.models import TaskKind, Transfer, TransferState, TransferTask
from profiles.transfers.payroll_models import PayCheck, PayrollCutOff
from profiles.transfers.timetable import STANDARD, Timetable

LATEST = 28
"""Every month has this day."""


def find(session: Session, organisation_id: UUID) -> PayrollCutOff | None:
    """What an organisation's payroll has said itself."""
    return session.get(PayrollCutOff, organisation_id)


def timetable_at(session: Session, timetable: Timetable, organisation_id: UUID, now: datetime) -> Timetable:
    """The timetable with the cut-off day that holds at this organisation."""
    nearest = _nearest(session, organisation_id, now)
    return timetable if nearest is None else replace(timetable, cut_off_day=nearest.day)


def said_on(session: Session, organisation_id: UUID, now: datetime) -> date | None:
    """When the day that holds at this organisation was said; None where it is the platform's."""
    nearest = _nearest(session, organisation_id, now)
    return None if nearest is None else civil_date(nearest.set_at)


def set_day(
    session: Session,
    now: datetime,
    *,
    organisation_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    day: int | None,
    timetable: Timetable = STANDARD,
    many_come_to: Collection[UUID] = (),
) -> set[UUID]:
    """Payroll says which day it is, None for none of its own; what waits is due by it from now on.

    The rest of the payroll whose days that moves is told, in one mail each, also for those who come to
    ``many_come_to`` by bulk moves; returns whom. Raises NotFound to all but payroll of the organisation, or
    Invalid naming ``day``.
    """
    if not permissions.allows(Permission.CONFIRM_PAY, organisation_id):
        raise NotFound("There is no such organisation.")
    if day is not None and not 1 <= day <= LATEST:
        raise Invalid(f"Enter a day from 1 to {LATEST}, which every month has.", field="day")
    held = {one: timetable_at(session, timetable, one, now) for one in many_come_to}
    present = find(session, organisation_id)
    before = present.day if present else None
    if day == before:
        return set()
    if present is not None and day is None:
        session.delete(present)
    else:
        said = present or PayrollCutOff(organisation_id=organisation_id, day=0, set_by=officer_id, set_at=now)
        said.day, said.set_by, said.set_at = day or 0, officer_id, now
        session.add(said)
    session.flush()
    append(
        session,
        Event.PAYROLL_CUT_OFF_SET,
        Initiator.person(officer_id),
        now,
        organisation_id=organisation_id,
        details={"day": str(day or ""), "before": str(before or "")},
    )
    moved = _move_due_dates(session, organisation_id, timetable, now)
    moved |= {one for one in held if held[one] != timetable_at(session, timetable, one, now)}
    return tell(session, moved, {officer_id}, now)


def tell(session: Session, places: Collection[UUID], but: Collection[UUID], now: datetime) -> set[UUID]:
    """Tell payroll of these places, but for some, that what waits for it is due by another day; say whom."""
    payroll = {one for place in places for one in who_may(session, Permission.CONFIRM_PAY, place, now)}
    told = payroll.difference(but)
    _tell(session, sorted(told), now)
    return told


def follow_start(session: Session, transfer: Transfer, timetable: Timetable, now: datetime) -> None:
    """After the start has become a later day, what payroll has not answered about is due by that.

    Of an earlier one payroll hears only now, so that nothing is due sooner than it was.
    """
    due = timetable_at(session, timetable, transfer.importing_organisation_id, now)
    for _transfer, task in session.exec(_waiting().where(col(Transfer.id) == transfer.id)).all():
        task.due_on = max(task.due_on, due.due_on(task.kind, transfer, civil_date(now)))
        session.add(task)
    session.flush()


def _nearest(session: Session, organisation_id: UUID, now: datetime) -> PayrollCutOff | None:
    above = organisations.tree(session, now).ancestors_of(organisation_id)
    query = select(PayrollCutOff).where(col(PayrollCutOff.organisation_id).in_(above))
    said = {one.organisation_id: one for one in session.exec(query)}
    return next((said[one] for one in above if one in said), None)


def _waiting() -> Select[Transfer, TransferTask]:
    """What payroll has not answered about, with its move; a chased pay is none of it."""
    return (
        select(Transfer, TransferTask)
        .join(TransferTask, col(TransferTask.transfer_id) == col(Transfer.id))
        .where(
            col(TransferTask.kind).in_((TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY)),
            col(TransferTask.done_at).is_(None),
            col(Transfer.id).not_in(select(PayCheck.transfer_id)),
        )
    )


def _move_due_dates(session: Session, at_id: UUID, timetable: Timetable, now: datetime) -> set[UUID]:
    """What payroll has not answered about is due by the day that holds now; say whose payroll has other days.

    Who has begun is among them, while their first pay is still to come. A chased pay stays as it is.
    """
    below = organisations.tree(session, now).subtree_of(at_id)
    going = or_(col(Transfer.in_flight).is_(True), col(Transfer.state) == TransferState.RECONCILING)
    waiting = session.exec(_waiting().where(going, col(Transfer.importing_organisation_id).in_(below))).all()
    today = civil_date(now)
    come = {one.transfer_id for _, one in waiting if one.kind is TaskKind.FIRST_PAY and one.due_on < today}
    still_open = {task.transfer_id for _transfer, task in waiting if task.kind is TaskKind.PAYROLL_DETAILS}
    by_place = {one: timetable_at(session, timetable, one, now) for one in below}
    moved: set[UUID] = set()
    for transfer, task in waiting:
        if transfer.id in come:
            continue
        place, taken_up = transfer.importing_organisation_id, transfer.id not in still_open
        due_on = _due_on(by_place[place], transfer, task, today, taken_up=taken_up)
        if due_on != task.due_on:
            task.due_on = due_on
            session.add(task)
            moved.add(place)
    session.flush()
    return moved


def _due_on(
    timetable: Timetable, transfer: Transfer, task: TransferTask, today: date, *, taken_up: bool
) -> date:
    """By the first cut-off that is still to come; whom payroll has taken up is paid no later than before."""
    begins = max(transfer.start_date, transfer.dates_offered_on, today)
    if task.kind is TaskKind.PAYROLL_DETAILS:
        return timetable.cut_off(begins)
    due_on = timetable.first_pay(begins)
    return min(task.due_on, due_on) if taken_up else due_on


def _tell(session: Session, person_ids: Collection[UUID], now: datetime) -> None:
    """Tell payroll, once for all moves, that what waits for it is due by another day."""
    text = (
        "Your payroll has another cut-off day, and what moves ask of you is due by it.\n\nTo see the day, "
        "and what is due when, sign in to Lanyard: “Payroll” and “Moves that wait for you”."
    )
    for person_id in person_ids:
        mail(session, person_id, "Your payroll has another cut-off day", text, {}, now)

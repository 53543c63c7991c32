"""What is done after an appointment is agreed, by its line manager and payroll: the tasks of a transfer."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import Select

from profiles.appointments import notices, steps
from profiles.appointments.models import Appointment, AppointmentState, AppointmentTask
from profiles.audit.catalogue import Event
from profiles.errors import Conflict, NotFound
from profiles.organisations import service as organisations
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, line_managers_deputies, managers_of_deputy, who_may
from profiles.temporal import civil_date
from profiles.transfers.cut_offs import timetable_at
from profiles.transfers.models import TaskKind
from profiles.transfers.standing_in import works_in
from profiles.transfers.timetable import Timetable

OF_PAYROLL = (TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY)
T = AppointmentTask


def begin(session: Session, appointment: Appointment, now: datetime, timetable: Timetable) -> None:
    """Ask for all of it, now that it is agreed; a first day that has come is arranged by nobody any more.

    What was done before it was agreed anew stays done, but for payroll's part: it was told to take them out.
    """
    earlier = {one.kind: one for one in of(session, appointment.id)}
    at_place = timetable_at(session, timetable, appointment.organisation_id, now)
    has_come = appointment.begins_at <= now
    for kind in OF_PAYROLL if has_come else (TaskKind.FIRST_DAY, *OF_PAYROLL):
        due_on = _due_on(kind, appointment, at_place, civil_date(now))
        task = earlier.get(kind) or AppointmentTask(appointment_id=appointment.id, kind=kind, due_on=due_on)
        task.due_on, task.reminded_at, task.escalated_at = due_on, None, None
        if kind is TaskKind.PAYROLL_DETAILS:
            task.done_at = task.done_by = None
        if kind is TaskKind.FIRST_DAY:
            task.owner_id = appointment.line_manager_id
        session.add(task)
    session.flush()
    if not has_come:
        first_day = get(session, appointment, TaskKind.FIRST_DAY)
        tell = notices.manager_asked if first_day.done_at is None else notices.manager_expects
        tell(session, appointment, asked_of(session, appointment, first_day, now), now)
    notices.payroll_asked(session, appointment, payroll(session, appointment, now), now)


def tell_again(session: Session, appointment: Appointment, now: datetime, *, comes: bool) -> None:
    """Whoever was asked hears that it waits again, or that nobody ``comes``; nobody where nobody was."""
    asked = of(session, appointment.id)
    if not asked:
        return
    to_payroll = notices.payroll_waits if comes else notices.payroll_let_go
    to_payroll(session, appointment, payroll(session, appointment, now), now)
    to_managers = notices.manager_waits if comes else notices.manager_let_go
    managers = [one for task in asked for one in asked_of(session, appointment, task, now)]
    to_managers(session, appointment, managers, now)


def payroll(session: Session, appointment: Appointment, now: datetime) -> list[UUID]:
    """Payroll of the organisation, without who is one with the person."""
    apart = one_with(session, appointment.person_id, now)
    found = who_may(session, Permission.CONFIRM_PAY, appointment.organisation_id, now)
    return [one for one in found if one not in apart]


def of(session: Session, appointment_id: UUID) -> Sequence[AppointmentTask]:
    """Those of an appointment in their order; none of one that was agreed before there were any."""
    query = select(T).where(col(T.appointment_id) == appointment_id)
    return session.exec(query.order_by(col(T.id))).all()


def get(session: Session, appointment: Appointment, kind: TaskKind) -> AppointmentTask:
    """The one of this kind. Raises NotFound."""
    for task in of(session, appointment.id):
        if task.kind is kind:
            return task
    raise NotFound("This appointment has no such task.")


def is_open(appointment: Appointment, task: AppointmentTask, now: datetime) -> bool:
    """Whether it is to be done now: a first day before it, and a first pay after it has begun."""
    if task.done_at is not None or appointment.state is not AppointmentState.AGREED:
        return False
    if task.kind is TaskKind.FIRST_DAY:
        return appointment.begins_at > now
    return task.kind is TaskKind.PAYROLL_DETAILS or appointment.begins_at <= now


def get_open(session: Session, appointment: Appointment, kind: TaskKind, now: datetime) -> AppointmentTask:
    """The one of this kind. Raises NotFound, and Conflict when it is not to be done now."""
    task = get(session, appointment, kind)
    if task.done_at is not None:
        raise Conflict("This has been confirmed already.")
    if not is_open(appointment, task, now):
        raise Conflict("This appointment does not wait for you now.")
    return task


def complete(
    session: Session, appointment: Appointment, kind: TaskKind, by: UUID, now: datetime, **said: Any
) -> None:
    """It is done, once, and ``said`` is kept with the appointment. Raises what ``get_open`` does."""
    task = get_open(session, appointment, kind, now)
    steps.change(session, appointment, **said)
    task.done_at, task.done_by = now, by
    session.add(task)
    session.flush()
    steps.note(session, appointment, Event.APPOINTMENT_TASK_DONE, by, now, task=kind.value)


def waiting_for(
    session: Session, person_id: UUID, permissions: Permissions, now: datetime
) -> list[tuple[Appointment, AppointmentTask]]:
    """What waits for this person as line manager, as payroll, or as HR who name the line manager.

    A line manager's also for who stands in for them. The most urgent first.
    """
    place, is_first_day = col(Appointment.organisation_id), col(T.kind) == TaskKind.FIRST_DAY
    managers = {person_id, *managers_of_deputy(session, person_id, now)}
    names = permissions.organisations(Permission.PREPARE_TRANSFER)
    query = open_ones(now).where(
        col(Appointment.person_id).not_in({person_id, *permissions.parties}),
        or_(
            and_(~is_first_day, place.in_(permissions.organisations(Permission.CONFIRM_PAY))),
            and_(is_first_day, or_(col(T.owner_id).in_(managers), place.in_(names))),
        ),
    )
    return [
        (appointment, task)
        for appointment, task in session.exec(query.order_by(col(T.due_on), col(T.id))).all()
        if task.kind in OF_PAYROLL
        or person_id in (asked := asked_of(session, appointment, task, now))
        or (not asked and appointment.organisation_id in names)
    ]


def open_ones(now: datetime) -> Select[Appointment, AppointmentTask]:
    """All that is to be done now, with its appointment."""
    begun, kind = col(Appointment.begins_at) <= now, col(T.kind)
    return (
        select(Appointment, T)
        .join(T, col(T.appointment_id) == col(Appointment.id))
        .where(
            col(Appointment.state) == AppointmentState.AGREED,
            col(T.done_at).is_(None),
            or_(
                kind == TaskKind.PAYROLL_DETAILS,
                and_(kind == TaskKind.FIRST_DAY, ~begun),
                and_(kind == TaskKind.FIRST_PAY, begun),
            ),
        )
    )


def asked_of(session: Session, appointment: Appointment, task: AppointmentTask, now: datetime) -> list[UUID]:
    """The line manager who is named and works there still, and who stands in for them; else nobody."""
    place, manager_id = appointment.organisation_id, task.owner_id
    if manager_id is None or not works_in(session, place, manager_id, now):
        return []
    deputies = line_managers_deputies(session, manager_id, now)
    theirs = [one for one in deputies if works_in(session, place, one, now)]
    return [one for one in (manager_id, *theirs) if one != appointment.person_id]


def follow_cut_offs(
    session: Session, organisation_id: UUID, timetable: Timetable, now: datetime
) -> set[UUID]:
    """After payroll said another day of the month, what it has not answered about is due by the next such.

    Returns whose payroll has other days by that.

    A chased pay, and one that was due already, stay as they are; whom payroll has taken up is paid no later.
    """
    today = civil_date(now)
    moved: set[UUID] = set()
    for appointment, task in _unanswered(session, organisation_id, now):
        due = {one.kind: one for one in of(session, appointment.id)}
        if due[TaskKind.FIRST_PAY].due_on < today:
            continue
        at_place = timetable_at(session, timetable, appointment.organisation_id, now)
        agreed_on = civil_date(appointment.decided_at or now)
        due_on = _due_on(task.kind, appointment, at_place, max(agreed_on, today))
        if due[TaskKind.PAYROLL_DETAILS].done_at is not None:
            due_on = min(task.due_on, due_on)
        if due_on != task.due_on:
            task.due_on, task.reminded_at, task.escalated_at = due_on, None, None
            session.add(task)
            moved.add(appointment.organisation_id)
    session.flush()
    return moved


def _unanswered(
    session: Session, organisation_id: UUID, now: datetime
) -> Iterator[tuple[Appointment, AppointmentTask]]:
    below = organisations.tree(session, now).subtree_of(organisation_id)
    query = select(Appointment, T).join(T, col(T.appointment_id) == col(Appointment.id))
    yield from session.exec(
        query.where(
            col(Appointment.state) == AppointmentState.AGREED,
            col(Appointment.organisation_id).in_(below),
            col(Appointment.pay_said_at).is_(None),
            col(T.kind).in_(OF_PAYROLL),
            col(T.done_at).is_(None),
        )
    ).all()


def _due_on(kind: TaskKind, appointment: Appointment, timetable: Timetable, agreed_on: date) -> date:
    """As of a transfer: what payroll hears of after the start is due from then on."""
    if kind is TaskKind.FIRST_DAY:
        return max(appointment.start_date - timedelta(days=1), agreed_on)
    since = max(appointment.start_date, agreed_on)
    return timetable.cut_off(since) if kind is TaskKind.PAYROLL_DETAILS else timetable.first_pay(since)

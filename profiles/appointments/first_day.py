"""The line manager of somebody who comes back arranges the first day; HR say who that is."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.appointments import facts, notices, service, steps, tasks
from profiles.appointments.models import Appointment, AppointmentState
from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers.managers import find_by_address
from profiles.transfers.models import TaskKind


def name_manager(
    session: Session,
    now: datetime,
    *,
    appointment_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    unverified_address: str,
) -> UUID:
    """HR say who the line manager is, by their work address, until the first day.

    They are recorded with the post; nobody approves anew who it is, and who was named before is told. Raises
    NotFound, NotPermitted, Conflict, or Invalid naming ``address``.
    """
    appointment = get_to_name(session, appointment_id, officer_id, permissions)
    if not may_be_named(session, appointment, now):
        raise Conflict("The line manager is not asked any more.")
    task = tasks.get(session, appointment, TaskKind.FIRST_DAY)
    manager_id = find_by_address(session, appointment.organisation_id, unverified_address, now)
    if manager_id is None:
        raise Invalid("Nobody in your organisation has this work address.", field="address")
    if manager_id == appointment.person_id:
        raise Invalid("Somebody is not their own line manager.", field="address")
    if task.done_at is not None and manager_id == task.owner_id:
        raise Invalid("They are the line manager already, and have arranged the first day.", field="address")
    before = tasks.asked_of(session, appointment, task, now)
    steps.change(session, appointment, line_manager_id=manager_id)
    task.owner_id, task.done_at, task.done_by = manager_id, None, None
    task.reminded_at = task.escalated_at = None
    session.add(task)
    session.flush()
    facts.name_manager(session, appointment, manager_id, now, officer_id)
    steps.note(session, appointment, Event.APPOINTMENT_MANAGER_NAMED, officer_id, now)
    asked = tasks.asked_of(session, appointment, task, now)
    notices.manager_asked(session, appointment, asked, now)
    notices.manager_let_go(session, appointment, [one for one in before if one not in asked], now)
    return manager_id


def get_to_name(
    session: Session, appointment_id: UUID, officer_id: UUID, permissions: Permissions
) -> Appointment:
    """An appointment for HR who say who the line manager is. Raises NotFound, NotPermitted."""
    found = service.get_for(session, appointment_id, permissions)
    service.check_apart(found, officer_id, permissions)
    if not permissions.allows(Permission.PREPARE_TRANSFER, found.organisation_id):
        raise NotPermitted("HR of your organisation does that.")
    return found


def may_be_named(session: Session, appointment: Appointment, now: datetime) -> bool:
    """Whether a line manager is asked still, or has answered and can be another one."""
    waits = appointment.state is AppointmentState.AGREED and appointment.begins_at > now
    return waits and any(one.kind is TaskKind.FIRST_DAY for one in tasks.of(session, appointment.id))


def get_for(session: Session, appointment_id: UUID, person_id: UUID, now: datetime) -> Appointment:
    """An appointment for who arranges the first day, or stands in for them. Raises NotFound to others."""
    found = session.get(Appointment, appointment_id)
    for task in tasks.of(session, appointment_id):
        if found is None or task.kind is not TaskKind.FIRST_DAY:
            continue
        if person_id in tasks.asked_of(session, found, task, now):
            return found
    raise NotFound("There is no such appointment.")


def arrange(session: Session, now: datetime, *, appointment_id: UUID, person_id: UUID) -> Appointment:
    """The line manager confirms that the first day is arranged. Raises NotFound, Conflict."""
    appointment = get_for(session, appointment_id, person_id, now)
    tasks.complete(session, appointment, TaskKind.FIRST_DAY, person_id, now)
    return appointment

"""The person reads the terms and accepts them; nobody approves the appointment before."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.appointments import clearance, notices, service, steps
from profiles.appointments.models import Appointment, AppointmentState
from profiles.audit.catalogue import Event
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions


def send_terms(
    session: Session,
    now: datetime,
    *,
    appointment_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    link_to: Callable[[UUID], str],
) -> Appointment:
    """Send the person the link to the terms again. Raises NotFound, NotPermitted, Conflict."""
    appointment = service.get_for(session, appointment_id, permissions)
    service.check_apart(appointment, officer_id, permissions)
    if not permissions.allows(Permission.PREPARE_TRANSFER, appointment.organisation_id):
        raise NotPermitted("HR of your organisation does that.")
    if not waits_for_person(appointment):
        raise Conflict("They have accepted the terms already, or nothing waits for them any more.")
    notices.offered(session, appointment, link_to(appointment.id), now)
    return appointment


def waits_for_person(appointment: Appointment) -> bool:
    """Whether the person is to read and accept the terms."""
    return appointment.state is AppointmentState.WAITING and appointment.accepted_at is None


def accept_terms(
    session: Session, now: datetime, *, appointment_id: UUID, person_id: UUID, where: str
) -> Appointment:
    """The person agrees with the terms; a second officer is told that something waits at ``where``.

    While the clearance that the post needs is missing, the second officer is told when it is settled.

    Who decides has not been reminded yet, whatever the officer was told who prepared it.

    Raises NotFound to everybody else, Conflict when it does not wait for them any more.
    """
    appointment = session.get(Appointment, appointment_id)
    if appointment is None or appointment.person_id != person_id:
        raise NotFound("There is no such appointment.")
    if not waits_for_person(appointment):
        raise Conflict("You have accepted these terms already, or they are withdrawn.")
    steps.change(session, appointment, accepted_at=now, reminded_at=None, escalated_at=None)
    steps.note(session, appointment, Event.APPOINTMENT_ACCEPTED, person_id, now)
    if not clearance.is_missing(session, appointment, now):
        notices.ask(session, appointment, where, now)
    return appointment

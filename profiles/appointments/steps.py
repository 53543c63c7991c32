"""Takes an appointment from state to state by a conditional UPDATE, and writes down what happened to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from profiles.appointments.models import Appointment, AppointmentState
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict


def turn(
    session: Session,
    appointment: Appointment,
    following: AppointmentState,
    by: UUID | None,
    now: datetime,
    reason: str = "",
    **values: Any,
) -> None:
    """Take a step once. Raises Conflict when somebody else was first."""
    decided = {"state": following, "decided_by": by, "decided_at": now, "reason": reason}
    if not _changed(session, appointment, decided | values):
        raise Conflict("A colleague has decided on this appointment already.")


def change(session: Session, appointment: Appointment, **values: Any) -> None:
    """What is said beside its steps, once. Raises Conflict when somebody else was first."""
    if not _changed(session, appointment, values):
        raise Conflict("A colleague has said something of this appointment meanwhile. Look at it again.")


def _changed(session: Session, appointment: Appointment, values: dict[str, Any]) -> bool:
    changed = session.execute(
        update(Appointment)
        .where(col(Appointment.id) == appointment.id, col(Appointment.version) == appointment.version)
        .values(values | {"version": appointment.version + 1})
        .execution_options(synchronize_session=False)
    )
    session.refresh(appointment)
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def note(
    session: Session,
    appointment: Appointment,
    event: Event,
    by: UUID | None,
    now: datetime,
    **details: str,
) -> None:
    """Write down what happened to it; without ``by``, time did it."""
    append(
        session,
        event,
        Initiator.person(by) if by else Initiator.system("worker"),
        now,
        person_id=appointment.person_id,
        organisation_id=appointment.organisation_id,
        details={"appointment": str(appointment.id)} | details,
    )

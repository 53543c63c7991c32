"""An appointment that is agreed waits again when the clearance that its post needs is lost before it begins.

As a move that is blocked: what was recorded for the first day on is taken back, and a second officer approves
anew once it is there. After the first day, what needs the clearance stays shut, and that is all.
"""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, exists, select

from profiles.appointments import clearance, facts, notices, steps, tasks
from profiles.appointments.models import Appointment, AppointmentState, AppointmentTask
from profiles.audit.catalogue import Event
from profiles.errors import Conflict


def look_again(session: Session, now: datetime, limit: int) -> bool:
    """Let so many wait again that are to begin and have lost the clearance; True when there may be more.

    One whose record was changed since is left: HR read it there.

    What was agreed before anybody checked that has no tasks either, and begins as it was agreed.
    """
    query = select(Appointment).where(
        col(Appointment.state) == AppointmentState.AGREED,
        col(Appointment.begins_at) > now,
        col(Appointment.required_level).is_not(None),
        exists(select(AppointmentTask.id).where(col(AppointmentTask.appointment_id) == col(Appointment.id))),
    )
    turned = 0
    for one in session.exec(query.order_by(col(Appointment.id))).all():
        if clearance.is_missing(session, one, now):
            # Where what it recorded was ended on a page, another of the same person may wait.
            with suppress(Conflict, IntegrityError), session.begin_nested():
                _ask_again(session, one, now)
                turned += 1
        if turned >= limit:
            return True
    return False


def _ask_again(session: Session, appointment: Appointment, now: datetime) -> None:
    """What a security officer said does not hold any more: they are asked from now on."""
    steps.turn(
        session,
        appointment,
        AppointmentState.WAITING,
        None,
        now,
        decided_at=None,
        reminded_at=None,
        escalated_at=None,
        clearance_said_at=now,
    )
    facts.retract(session, appointment, now, None)
    steps.note(session, appointment, Event.APPOINTMENT_REOPENED, None, now)
    notices.waits_again(session, appointment, now)
    tasks.tell_again(session, appointment, now, comes=True)
    clearance.ask(session, appointment, now)

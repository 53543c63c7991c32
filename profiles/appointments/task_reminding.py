"""Reminds who is to act after an appointment is agreed, and tells who sees to it when it is late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col

from profiles.appointments import notices, tasks
from profiles.appointments.models import Appointment, AppointmentTask
from profiles.employments.service import current_postings
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date
from profiles.transfers.models import TaskKind
from profiles.transfers.timetable import Timetable


def remind(session: Session, now: datetime, timetable: Timetable, limit: int) -> bool:
    """Tell of what is due soon, or late, once for each day by which it is. True when there may be more."""
    today = civil_date(now)
    soon, late = timedelta(days=timetable.reminder_days), timedelta(days=timetable.escalation_days)
    due_on = col(AppointmentTask.due_on)
    waiting = tasks.open_ones(now).where(col(AppointmentTask.escalated_at).is_(None))
    for told, query, tell in (
        ("escalated_at", waiting.where(due_on < today - late), _escalate),
        (
            "reminded_at",
            waiting.where(col(AppointmentTask.reminded_at).is_(None), due_on <= today + soon),
            _remind,
        ),
    ):
        found = session.exec(query.order_by(col(AppointmentTask.id)).limit(limit)).all()
        for appointment, task in found:
            setattr(task, told, now)
            session.add(task)
            tell(session, appointment, task, now)
        session.flush()
        if len(found) >= limit:
            return True
    return False


def _remind(session: Session, appointment: Appointment, task: AppointmentTask, now: datetime) -> None:
    notices.task_due(session, appointment, _doers(session, appointment, task, now), task.due_on, now)


def _escalate(session: Session, appointment: Appointment, task: AppointmentTask, now: datetime) -> None:
    """To the line managers of those who are to do it; where they have none, to who prepared it."""
    managers = dict.fromkeys(
        posting.line_manager_id
        for person_id in _doers(session, appointment, task, now)
        for posting in current_postings(session, person_id, now)
        if posting.line_manager_id not in (None, appointment.person_id)
    )
    to = [one for one in managers if one is not None] or [appointment.prepared_by]
    notices.task_late(session, appointment, to, task.due_on, now)


def _doers(
    session: Session, appointment: Appointment, task: AppointmentTask, now: datetime
) -> Sequence[UUID]:
    if asked := tasks.asked_of(session, appointment, task, now):
        return asked
    names_manager = task.kind is TaskKind.FIRST_DAY
    permission = Permission.PREPARE_TRANSFER if names_manager else Permission.CONFIRM_PAY
    apart = one_with(session, appointment.person_id, now)
    return [one for one in who_may(session, permission, appointment.organisation_id, now) if one not in apart]

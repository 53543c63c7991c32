"""Reminds who decides on an appointment before it is due, and tells who sees to it when late; each once.

A security officer decides first, where the clearance that the post needs is missing. What they say of it
begins it anew.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, and_, case, col, func, or_, select

from profiles.appointments import clearance, notices
from profiles.appointments.models import Appointment, AppointmentState
from profiles.employments.service import current_postings
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date, start_of_day
from profiles.transfers.timetable import Timetable

DECIDE_WITHIN = timedelta(days=7)
"""As long as each has for their part of a loan or a bulk move."""


def due_on(appointment: Appointment) -> date:
    """By when an officer decides, and before the first day; where that has passed, on the next one.

    The second officer is asked when the person has accepted, and the clearance is settled that the post
    needs; until then it counts from when it was prepared. After a security officer has noted how that stands
    it is asked about again.
    """
    asked_at = appointment.accepted_at or appointment.created_at
    asked_on = civil_date(max(asked_at, appointment.clearance_said_at or asked_at))
    due = min(asked_on + DECIDE_WITHIN, appointment.start_date - timedelta(days=1))
    return due if due >= asked_on else asked_on + timedelta(days=1)


def remind(session: Session, now: datetime, timetable: Timetable, limit: int) -> bool:
    """Tell of those of which it is time and nobody was told yet. True when there may be more."""
    today = civil_date(now)
    soon, late = timedelta(days=timetable.reminder_days), timedelta(days=timetable.escalation_days)
    a_day = timedelta(days=1)
    accepted_at = func.coalesce(col(Appointment.accepted_at), col(Appointment.created_at))
    said_at = col(Appointment.clearance_said_at)
    asked_at = case((said_at > accepted_at, said_at), else_=accepted_at)
    # Who is late already is not reminded first, and who was asked today is not reminded today.
    for event, told, before, asked_before, tell in (
        ("escalated_at", Appointment.escalated_at, today - late, today - late - a_day, _escalate),
        ("reminded_at", Appointment.reminded_at, today + soon + a_day, today, _remind),
    ):
        is_due = or_(
            asked_at < start_of_day(before - DECIDE_WITHIN),
            and_(
                col(Appointment.start_date) <= before,
                asked_at < start_of_day(asked_before),
            ),
        )
        query = select(Appointment).where(
            col(Appointment.state) == AppointmentState.WAITING,
            col(told).is_(None),
            col(Appointment.escalated_at).is_(None),
            is_due,
        )
        found = session.exec(query.order_by(col(Appointment.id)).limit(limit)).all()
        for appointment in found:
            setattr(appointment, event, now)
            session.add(appointment)
            tell(session, appointment, now)
        session.flush()
        if len(found) >= limit:
            return True
    return False


def _remind(session: Session, appointment: Appointment, now: datetime) -> None:
    due = due_on(appointment)
    if appointment.accepted_at is None:
        notices.not_accepted(session, appointment, due, now)
    if clearance.is_missing(session, appointment, now):
        notices.remind(session, appointment, clearance.officers(session, appointment, now), due, now)
        return
    if appointment.accepted_at is None:
        return
    concerned = (appointment.prepared_by, appointment.person_id, appointment.vetted_by)
    apart = {one for who in concerned if who is not None for one in one_with(session, who, now)}
    officers = [one for one in _officers(session, appointment, now) if one not in apart]
    notices.remind(session, appointment, officers, due, now)


def _escalate(session: Session, appointment: Appointment, now: datetime) -> None:
    """To the line managers of those who decide; where they have none, to the officer who prepared it.

    To that officer alone where it waits for the person only: nobody can decide.
    """
    due, lacks = due_on(appointment), clearance.is_missing(session, appointment, now)
    if appointment.accepted_at is None:
        notices.not_accepted(session, appointment, due, now)
        if not lacks:
            return
    late, deciding = "HR", _officers(session, appointment, now)
    if lacks:
        late, deciding = "security officers", clearance.officers(session, appointment, now)
        if appointment.reminded_at is None:  # of one that waited before clearances were asked for
            notices.remind(session, appointment, deciding, due, now)
    managers = dict.fromkeys(
        posting.line_manager_id
        for officer_id in deciding
        for posting in current_postings(session, officer_id, now)
        if posting.line_manager_id not in (None, appointment.person_id)
    )
    to = [one for one in managers if one is not None] or [appointment.prepared_by]
    notices.escalate(session, appointment, to, due, now, late=late)


def _officers(session: Session, appointment: Appointment, now: datetime) -> Sequence[UUID]:
    return who_may(session, Permission.APPROVE_TRANSFER, appointment.organisation_id, now)

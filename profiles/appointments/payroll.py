"""Payroll's part when somebody comes back, as after a transfer: what it needs, and whether it came out right.

Lanyard keeps that it was done, and never what tax code, loan or account somebody has.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from profiles.appointments import notices, steps, tasks
from profiles.appointments.models import Appointment
from profiles.audit.catalogue import Event
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers.models import PayItem, TaskKind
from profiles.transfers.payroll import FirstPays, wrong_among
from profiles.transfers.timetable import STANDARD, Timetable


def get_for(
    session: Session, appointment_id: UUID, officer_id: UUID, permissions: Permissions
) -> Appointment:
    """One that was agreed, for payroll of its organisation.

    Raises NotFound to all others, NotPermitted for one's own.
    """
    found = session.get(Appointment, appointment_id)
    if (
        found is None
        or not permissions.allows(Permission.CONFIRM_PAY, found.organisation_id)
        or not tasks.of(session, found.id)
    ):
        raise NotFound("There is no such appointment.")
    if permissions.are_of(found.person_id) or officer_id == found.person_id:
        raise NotPermitted("You cannot confirm your own pay.")
    return found


def confirm_details(
    session: Session, now: datetime, *, appointment_id: UUID, officer_id: UUID, permissions: Permissions
) -> Appointment:
    """Payroll has what it needs to pay the person. Raises NotFound, NotPermitted, Conflict."""
    appointment = get_for(session, appointment_id, officer_id, permissions)
    tasks.complete(session, appointment, TaskKind.PAYROLL_DETAILS, officer_id, now)
    return appointment


def record_checks(
    session: Session,
    now: datetime,
    *,
    appointment_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    right: Mapping[PayItem, bool],
    timetable: Timetable = STANDARD,
) -> Appointment:
    """Payroll says whether first pay, leave and pension are right.

    What is wrong is asked about again ``chase_days`` later, until it is right. Raises NotFound, NotPermitted,
    Conflict, or Invalid naming the item that nothing is said about.
    """
    appointment = get_for(session, appointment_id, officer_id, permissions)
    task = tasks.get_open(session, appointment, TaskKind.FIRST_PAY, now)
    if tasks.get(session, appointment, TaskKind.PAYROLL_DETAILS).done_at is None:
        raise Conflict("Confirm first that payroll has what it needs.")
    wrong = " ".join(item.value for item in wrong_among(right))
    said: dict[str, Any] = {"wrong_items": wrong}
    if appointment.pay_said_at is None:
        said |= {"pay_said_at": now, "first_pay_right": right[PayItem.FIRST_PAY]}
    if not wrong:
        tasks.complete(session, appointment, TaskKind.FIRST_PAY, officer_id, now, **said)
        return appointment
    steps.change(session, appointment, **said)
    task.due_on = civil_date(now) + timedelta(days=timetable.chase_days)
    task.reminded_at = task.escalated_at = None
    session.add(task)
    session.flush()
    steps.note(session, appointment, Event.APPOINTMENT_PAY_WRONG, officer_id, now, wrong=wrong)
    notices.pay_wrong(session, appointment, now)
    return appointment


def wrong_of(appointment: Appointment) -> list[PayItem]:
    """What was wrong when payroll looked last."""
    return [one for one in PayItem if one.value in appointment.wrong_items.split()]


def first_pays(session: Session, organisation_ids: Collection[UUID], since: datetime) -> FirstPays:
    """The first pays that these organisations made to who came back since then, as payroll said first."""
    wrong = func.sum(case((col(Appointment.first_pay_right).is_(False), 1), else_=0))
    query = select(func.count(), func.coalesce(wrong, 0)).where(
        col(Appointment.organisation_id).in_(organisation_ids), col(Appointment.pay_said_at) >= since
    )
    return FirstPays(*session.exec(query).one())

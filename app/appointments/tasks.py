"""What is to be done after an appointment is agreed, for who does it and for HR."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from app.appointments.presenting import organisation_of
from app.display_formats import civil_date
from app.listed_names import known_name, listed_name
from app.translation import gettext as _
from profiles.appointments import first_day, tasks
from profiles.appointments.models import Appointment, AppointmentState, AppointmentTask
from profiles.entitlements.explanation import with_article
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date as day_of
from profiles.transfers.models import TaskKind

_PAGES = {
    TaskKind.FIRST_DAY: "appointments.first_day",
    TaskKind.PAYROLL_DETAILS: "appointments.payroll_details",
    TaskKind.FIRST_PAY: "appointments.first_pay",
}


def task_rows(session: Session, person_id: UUID, allowed: Permissions, now: datetime) -> list[dict[str, Any]]:
    """A row for each that waits for the reader: as line manager, payroll, or HR who name the manager."""
    return [
        _row(session, appointment, task, person_id, now)
        for appointment, task in tasks.waiting_for(session, person_id, allowed, now)
    ]


def _row(
    session: Session, appointment: Appointment, task: AppointmentTask, person_id: UUID, now: datetime
) -> dict[str, Any]:
    what, page = _titles()[task.kind], _PAGES[task.kind]
    if task.kind is TaskKind.FIRST_DAY:
        asked = tasks.asked_of(session, appointment, task, now)
        if person_id not in asked:
            what, page = _("Name the line manager of somebody who comes back"), "appointments.name_manager"
        elif task.owner_id is not None and task.owner_id != person_id:
            absent = listed_name(session, task.owner_id, now)
            what = _("%(what)s, for %(name)s", what=what, name=absent)
    return {
        "href": url_for(page, appointment_id=appointment.id),
        "name": listed_name(session, appointment.person_id, now),
        "what": what,
        "due": civil_date(task.due_on),
        "late": task.due_on < day_of(now),
        "whose": with_article(organisation_of(session, appointment, now)),
    }


def task_items(
    session: Session, appointment: Appointment, allowed: Permissions, now: datetime
) -> list[dict[str, Any]]:
    """All of one appointment that is agreed, for HR: who does it and by when, and whether it is done."""
    if appointment.state is not AppointmentState.AGREED:
        return []
    may_name = allowed.allows(Permission.PREPARE_TRANSFER, appointment.organisation_id)
    may_name = may_name and first_day.may_be_named(session, appointment, now)
    return [
        {
            "title": _("Name the line manager, who arranges the first day")
            if one.kind is TaskKind.FIRST_DAY and one.owner_id is None
            else _titles()[one.kind],
            "hint": _hint(session, appointment, one, now),
            "status": _status(appointment, one, now),
            "href": url_for("appointments.name_manager", appointment_id=appointment.id)
            if one.kind is TaskKind.FIRST_DAY and may_name
            else None,
        }
        for one in tasks.of(session, appointment.id)
    ]


def _status(appointment: Appointment, task: AppointmentTask, now: datetime) -> str:
    if task.done_at is not None:
        return "done"
    if task.due_on < day_of(now):
        return "problem"
    return "to_do" if task.kind is TaskKind.FIRST_DAY and task.owner_id is None else "waiting"


def _hint(session: Session, appointment: Appointment, task: AppointmentTask, now: datetime) -> str:
    owner = _("Payroll")
    if task.kind is TaskKind.FIRST_DAY:
        owner = known_name(session, task.owner_id, now) if task.owner_id else _("Nobody is named yet")
    if task.done_at is not None:
        return _("%(owner)s, %(date)s", owner=owner, date=civil_date(task.done_at))
    by = _("%(owner)s, by %(date)s", owner=owner, date=civil_date(task.due_on))
    is_wrong = task.kind is TaskKind.FIRST_PAY and appointment.wrong_items
    return _("%(by)s. Payroll puts right what was wrong.", by=by) if is_wrong else by


def _titles() -> Mapping[TaskKind, str]:
    return {
        TaskKind.FIRST_DAY: _("Arrange the first day"),
        TaskKind.PAYROLL_DETAILS: _("Take up what pay depends on"),
        TaskKind.FIRST_PAY: _("Confirm first pay, leave and pension"),
    }

"""The appointments of an officer's organisations, and one of them."""

from uuid import UUID

from flask import render_template

from app.access import permissions, signed_in_person
from app.appointments.blueprint import blueprint
from app.appointments.presenting import (
    clearance_rows,
    items_of,
    listed,
    name_of,
    rows_of,
    why_cannot_accept,
)
from app.appointments.tasks import task_items
from app.listed_names import known_name
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time
from profiles.appointments import accepting, clearance, service
from profiles.appointments.models import AppointmentState
from profiles.errors import NotPermitted
from profiles.roles.permissions import Permission, requires


@blueprint.get("/appointments")
@requires(Permission.SEE_TRANSFERS)
def appointments() -> str:
    """The newest first."""
    session, now = request_session(), request_time()
    found = service.list_for(session, permissions(), after=asked_after(), limit=PAGE_SIZE + 1)
    page = page_of(found, lambda one: one.id)
    return render_template("appointments/appointments.html", rows=listed(session, page.rows, now), page=page)


@blueprint.get("/appointments/<uuid:appointment_id>")
@requires(Permission.SEE_TRANSFERS)
def appointment(appointment_id: UUID) -> str:
    """One of them: what it says, what it opens, and what the reader can do."""
    session, now = request_session(), request_time()
    found = service.get_for(session, appointment_id, permissions())
    waits = found.state is AppointmentState.WAITING
    refusal = None
    try:
        service.check_may_decide(found, signed_in_person(), permissions())
    except NotPermitted as refused:
        refusal = refused.message
    return render_template(
        "appointments/appointment.html",
        appointment=found,
        name=name_of(session, found, now),
        rows=[*rows_of(session, found, now), *clearance_rows(session, found, now)],
        items=items_of(session, found, now) if waits else [],
        waits=waits,
        tasks=task_items(session, found, permissions(), now),
        waits_for_person=accepting.waits_for_person(found),
        lacks_clearance=clearance.is_lacking(session, found, now),
        nobody_clears=not clearance.officers(session, found, now),
        cannot_accept=why_cannot_accept(session, found.person_id),
        refusal=refusal,
        prepared_by=known_name(session, found.prepared_by, now),
        decided_by=known_name(session, found.decided_by, now) if found.decided_by else None,
        may_cancel=service.may_cancel(found, now),
    )

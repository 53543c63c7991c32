"""The second officer's decision on an appointment, and taking it back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.appointments.blueprint import blueprint
from app.appointments.forms import WhyForm
from app.appointments.presenting import clearance_rows, doubt_about_salary, items_of, name_of, rows_of
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.forms import ConfirmForm
from app.translation import gettext as _
from profiles.appointments import clearance, service
from profiles.appointments.models import Appointment
from profiles.errors import Conflict, Invalid
from profiles.roles.permissions import Permission, requires

PATH = "/appointments/<uuid:appointment_id>"


@blueprint.get(f"{PATH}/approve")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def approve(appointment_id: UUID) -> Response:
    """What is recorded, what it opens, and the button."""
    return _show(_deciding(appointment_id))


@blueprint.post(f"{PATH}/approve")
@requires(Permission.APPROVE_TRANSFER, fresh=True)
def submit_approval(appointment_id: UUID) -> Response:
    """Record it, if it is what the page showed."""
    session, now = request_session(), request_time()
    name = name_of(session, _deciding(appointment_id), now)
    try:
        timetable = transfer_timetable()
        found = service.approve(
            session,
            now,
            said=request.form.get("shown", ""),
            backdate_days=timetable.backdate_days,
            timetable=timetable,
            **_by(appointment_id),
        )
    except (Invalid, Conflict) as refused:
        roll_back()
        form = ConfirmForm(formdata=None)
        form.form_errors = [refused.message]
        return _show(_deciding(appointment_id), form, 409)
    settle_people(session, [found.person_id], now, "An employment begins")
    if found.begins_at <= now:
        flash(_("You have approved. The employment of %(name)s has begun.", name=name), "success")
    else:
        flash(_("You have approved. %(name)s begins by itself on the start date.", name=name), "success")
    return redirect(url_for("appointments.appointment", appointment_id=appointment_id), 303)


@blueprint.get(f"{PATH}/refuse")
@requires(Permission.APPROVE_TRANSFER)
def refuse(appointment_id: UUID) -> Response:
    """Ask for the reason."""
    return _ask_why(_deciding(appointment_id), WhyForm(), "refuse")


@blueprint.post(f"{PATH}/refuse")
@requires(Permission.APPROVE_TRANSFER)
def submit_refusal(appointment_id: UUID) -> Response:
    """Nothing is recorded."""
    return _end(_deciding(appointment_id), service.refuse, "refuse", _("The appointment is refused."))


@blueprint.get(f"{PATH}/cancel")
@requires(Permission.PREPARE_TRANSFER)
def cancel(appointment_id: UUID) -> Response:
    """Ask for the reason."""
    return _ask_why(_get(appointment_id), WhyForm(), "cancel")


@blueprint.post(f"{PATH}/cancel")
@requires(Permission.PREPARE_TRANSFER)
def submit_cancelling(appointment_id: UUID) -> Response:
    """Take it back, before it begins."""
    return _end(_get(appointment_id), service.cancel, "cancel", _("The appointment is cancelled."))


def _end(found: Appointment, deed: Callable[..., Any], how: str, told: str) -> Response:
    form = WhyForm()
    if not form.validate_on_submit():
        return _ask_why(found, form, how, 422)
    deed(request_session(), request_time(), reason=form.reason.data or "", **_by(found.id))
    flash(told, "success")
    return redirect(url_for("appointments.appointment", appointment_id=found.id), 303)


def _by(appointment_id: UUID) -> dict[str, Any]:
    return {
        "appointment_id": appointment_id,
        "officer_id": signed_in_person(),
        "permissions": permissions(),
    }


def _get(appointment_id: UUID) -> Appointment:
    return service.get_for(request_session(), appointment_id, permissions())


def _deciding(appointment_id: UUID) -> Appointment:
    found = _get(appointment_id)
    service.check_may_decide(found, signed_in_person(), permissions())
    return found


def _show(found: Appointment, form: ConfirmForm | None = None, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    page = render_template(
        "appointments/approve.html",
        appointment=found,
        form=form or ConfirmForm(formdata=None),
        name=name_of(session, found, now),
        rows=[*rows_of(session, found, now), *clearance_rows(session, found, now)],
        items=items_of(session, found, now),
        doubt=doubt_about_salary(session, found, now),
        lacks_clearance=clearance.is_missing(session, found, now),
        has_begun=found.begins_at <= now,
        shown=service.shown(session, found, now),
    )
    return Response(page, status, mimetype="text/html")


def _ask_why(found: Appointment, form: WhyForm, how: str, status: int = 200) -> Response:
    name = name_of(request_session(), found, request_time())
    page = render_template("appointments/end.html", appointment=found, form=form, how=how, name=name)
    return Response(page, status, mimetype="text/html")

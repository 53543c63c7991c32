"""What a security officer says of the clearance that the post of somebody who comes back needs."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.appointments.blueprint import blueprint
from app.appointments.presenting import clearance_noted, name_of, organisation_of
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.transfers.required_clearance import RequiredClearanceForm
from app.translation import gettext as _
from identity.context import current
from profiles.appointments import clearance
from profiles.appointments.models import Appointment
from profiles.errors import Conflict, Invalid
from profiles.roles.permissions import Permission, requires
from profiles.transfers.clearance_answers import Answer

PATH = "/appointments/<uuid:appointment_id>/clearance"


@blueprint.get(PATH)
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def needed_clearance(appointment_id: UUID) -> Response:
    """Which clearance the post needs, and the form."""
    found = _get(appointment_id)
    return _show(found, _form(found))


@blueprint.post(PATH)
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def answer_needed_clearance(appointment_id: UUID) -> Response:
    """Record it."""
    found = _get(appointment_id)
    form = _form(found)
    if not form.validate_on_submit():
        return _show(found, form, 422)
    session, now = request_session(), request_time()
    name = name_of(session, found, now)
    try:
        clearance.answer(
            session,
            now,
            appointment_id=appointment_id,
            officer_id=signed_in_person(),
            permissions=permissions(),
            said=Answer(form.said.data),
            where=current().settings.issuer + url_for("appointments.appointments"),
            decided_on=form.decided_on.data,
            until=form.until.data if form.until else None,
            mitigations=(form.mitigations.data or "") if form.mitigations else "",
            periods=current_app.config["CLEARANCE_PERIODS"],
        )
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _show(_get(appointment_id), form, 422)
    flash(_("It is recorded for the appointment of %(name)s.", name=name), "success")
    return redirect(url_for("my_profile.tasks"), 303)


def _get(appointment_id: UUID) -> Appointment:
    return clearance.get_for(request_session(), appointment_id, signed_in_person(), permissions())


def _form(found: Appointment) -> RequiredClearanceForm:
    return RequiredClearanceForm(clearance.rules_of(request_session(), found).may_start_uncleared)


def _show(found: Appointment, form: RequiredClearanceForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    page = render_template(
        "appointments/clearance.html",
        appointment=found,
        form=form,
        name=name_of(session, found, now),
        organisation=organisation_of(session, found, now),
        noted=clearance_noted(session, found, now),
        is_open=clearance.waits(session, found, now),
    )
    return Response(page, status, mimetype="text/html")

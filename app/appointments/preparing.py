"""Preparing an appointment: the terms, a look at what they open, and the question to a colleague."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.appointments.blueprint import blueprint
from app.appointments.forms import AppointmentForm
from app.appointments.presenting import doubt_about_salary, items_of, rows_of, why_cannot_accept
from app.listed_names import known_name
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.forms import show_refusal
from app.transfers.scales import scale_rows
from app.translation import gettext as _
from identity.context import current
from identity.sign_in.mail_links import APPOINTMENT_TERMS
from profiles.appointments import accepting, service
from profiles.appointments.models import Appointment
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.transfers import invitations
from profiles.transfers.models import MoveInvitation

PATH = "/appointments/new/<uuid:invitation_id>"


@blueprint.get(PATH)
@requires(Permission.PREPARE_TRANSFER)
def new(invitation_id: UUID) -> Response:
    """Ask for the terms; what the invitation said is filled in."""
    invitation = _confirmed(invitation_id)
    form = _form(invitation, formdata=None)
    form.job_title.data, form.unit.data = invitation.job_title, invitation.unit
    form.location.data, form.start_date.data = invitation.location, invitation.start_date
    return _ask(form, invitation)


@blueprint.post(PATH)
@requires(Permission.PREPARE_TRANSFER)
def check(invitation_id: UUID) -> Response:
    """With good terms, show them and what begins; "change" goes back to the form."""
    invitation = _confirmed(invitation_id)
    form = _form(invitation)
    if "change" in request.form:
        return _ask(form, invitation)
    if not form.validate_on_submit():
        return _ask(form, invitation, 422)
    try:
        appointment = service.offer(request_session(), request_time(), **_asked(form, invitation))
    except (Invalid, Conflict) as refused:
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _ask(form, invitation, 422)
    return _show(form, appointment)


@blueprint.post(f"{PATH}/prepare")
@requires(Permission.PREPARE_TRANSFER)
def prepare(invitation_id: UUID) -> Response:
    """Ask the second officer."""
    invitation = _confirmed(invitation_id)
    form = _form(invitation)
    if not form.validate_on_submit():
        return _ask(form, invitation, 422)
    session, now = request_session(), request_time()
    try:
        appointment = service.prepare(session, now, link_to=link_to_terms, **_asked(form, invitation))
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _ask(form, _confirmed(invitation_id), 422)
    flash(
        _("They have a mail with a link to the terms. When they have accepted, a colleague decides."),
        "success",
    )
    return redirect(url_for("appointments.appointment", appointment_id=appointment.id), 303)


@blueprint.post("/appointments/<uuid:appointment_id>/terms")
@requires(Permission.PREPARE_TRANSFER)
def send_terms(appointment_id: UUID) -> Response:
    """Send the person the link to the terms again."""
    accepting.send_terms(
        request_session(),
        request_time(),
        appointment_id=appointment_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        link_to=link_to_terms,
    )
    flash(_("The link to the terms is sent again."), "success")
    return redirect(url_for("appointments.appointment", appointment_id=appointment_id), 303)


@blueprint.get("/appointments/<uuid:appointment_id>/terms")
@requires(Permission.PREPARE_TRANSFER)
def back_to_appointment(appointment_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing the button."""
    return redirect(url_for("appointments.appointment", appointment_id=appointment_id))


def link_to_terms(appointment_id: UUID) -> str:
    """The address at which the person reads and accepts the terms."""
    token = APPOINTMENT_TERMS.token_of(appointment_id, request_time())
    return current().settings.issuer + url_for("my_profile.appointment_terms", token=token)


@blueprint.get(f"{PATH}/prepare")
@requires(Permission.PREPARE_TRANSFER)
def begin_again(invitation_id: UUID) -> Response:
    """A later step has no address of its own."""
    return redirect(url_for("appointments.new", invitation_id=invitation_id))


def _confirmed(invitation_id: UUID) -> MoveInvitation:
    """The invitation, once HR said that they meant who accepted. Raises NotFound, Conflict.

    Conflict also where that person could not accept the terms.
    """
    session, now = request_session(), request_time()
    found = invitations.get_for(session, invitation_id, signed_in_person(), permissions())
    of = found.organisation_id
    person_id = invitations.whose(session, found.id, of, signed_in_person(), permissions(), now)
    if not permissions().allows(Permission.PREPARE_TRANSFER, found.organisation_id):
        raise Conflict(_("HR of your organisation does that."))
    cannot_accept = why_cannot_accept(session, person_id)
    if cannot_accept is not None:
        raise Conflict(cannot_accept)
    return found


def _form(invitation: MoveInvitation, **how: Any) -> AppointmentForm:
    grades = organisations.grades_of(request_session(), invitation.organisation_id, request_time())
    return AppointmentForm(grades, transfer_timetable().backdate_days, **how)


def _asked(form: AppointmentForm, invitation: MoveInvitation) -> dict[str, Any]:
    return {
        "officer_id": signed_in_person(),
        "permissions": permissions(),
        "invitation_id": invitation.id,
        "terms_offered": form.terms(),
        "contract": form.contract(),
        "backdate_days": transfer_timetable().backdate_days,
    }


def _ask(form: AppointmentForm, invitation: MoveInvitation, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    page = render_template(
        "appointments/terms.html",
        form=form,
        invitation=invitation,
        name=known_name(session, invitation.person_id, now) if invitation.person_id else "",
        organisation=organisations.get(session, invitation.organisation_id, now).name,
        scales=scale_rows(session, invitation.organisation_id, now),
    )
    return Response(page, status, mimetype="text/html")


def _show(form: AppointmentForm, appointment: Appointment) -> Response:
    session, now = request_session(), request_time()
    page = render_template(
        "appointments/check.html",
        appointment=appointment,
        rows=rows_of(session, appointment, now),
        items=items_of(session, appointment, now),
        doubt=doubt_about_salary(session, appointment, now),
        carried=[
            (name, value)
            for name, value in request.form.items(multi=True)
            if name in form and name != "csrf_token"
        ],
    )
    return Response(page, 200, mimetype="text/html")

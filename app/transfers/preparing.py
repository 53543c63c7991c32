"""Bringing somebody here: the code or the invitation, the terms, and a look before anything is written.

What was typed travels from step to step inside the forms, never in an address, so no step leaves a trace.
"""

from typing import Any, TypedDict
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.opened_records import shows
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.forms import CodeForm, TermsForm, show_refusal
from app.transfers.missing_officers import missing_lines
from app.transfers.presenting import find_preview, preview_items, view_of
from app.transfers.scales import doubt_about_salary, offered_scales, scale_rows
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationView
from profiles.pay.scales import place_key, scales_of
from profiles.roles.permissions import Permission, requires
from profiles.roles.service import Permissions
from profiles.transfers.conditions import conditions_of
from profiles.transfers.models import Side, Transfer
from profiles.transfers.preparing import Employee, look_up, offer, prepare


@blueprint.get("/transfers/new")
@requires(Permission.OFFER_POSTS)
def new() -> Response:
    """Ask for the transfer code."""
    return _ask_for_code(CodeForm(my_organisations()))


@blueprint.post("/transfers/new")
@requires(Permission.OFFER_POSTS)
def submit_code() -> Response:
    """With a good code, show whose it is and ask for the terms."""
    form = CodeForm(my_organisations())
    if not form.validate_on_submit():
        return _ask_for_code(form, 422)
    try:
        employee = look_up(request_session(), request_time(), **_asked(form.organisation_id, form.code.data))
    except (Invalid, Conflict) as refused:
        return _refuse_code(form, refused)
    terms = terms_form(form.organisation_id, formdata=None)
    terms.code.data, terms.organisation.data = form.code.data, str(form.organisation_id)
    fill_conditions(terms, employee, form.organisation_id)
    return ask_for_terms(terms, employee, form.organisation_id)


@blueprint.post("/transfers/new/terms")
@requires(Permission.OFFER_POSTS)
def submit_terms() -> Response:
    """With good terms, show them and what the move would change; "change" goes back to the form."""
    organisation_id = _organisation_id()
    form = terms_form(organisation_id)
    try:
        employee = _look_up(organisation_id, form)
    except (Invalid, Conflict) as refused:
        return _refuse_beginning(organisation_id, form, refused)
    if "change" in request.form:
        return ask_for_terms(form, employee, organisation_id)
    if not form.validate_on_submit():
        return ask_for_terms(form, employee, organisation_id, 422)
    try:
        transfer = offer(
            request_session(), request_time(), **_asked_by(organisation_id, form), terms=form.terms()
        )
    except Invalid as refused:
        show_refusal(form, refused)
        return ask_for_terms(form, employee, organisation_id, 422)
    return _check_answers(form, transfer)


@blueprint.post("/transfers/new/prepare")
@requires(Permission.OFFER_POSTS)
def submit_transfer() -> Response:
    """Spend the code and begin the transfer."""
    organisation_id = _organisation_id()
    form = terms_form(organisation_id)
    session, now = request_session(), request_time()
    try:
        employee = _look_up(organisation_id, form)
        if not form.validate_on_submit():
            return ask_for_terms(form, employee, organisation_id, 422)
        asked = _asked_by(organisation_id, form)
        transfer = prepare(session, now, **asked, terms=form.terms(), timetable=transfer_timetable())
    except Invalid as refused:
        roll_back()
        if refused.field == "code":
            return _refuse_beginning(organisation_id, form, refused)
        show_refusal(form, refused)
        return ask_for_terms(form, _look_up(organisation_id, form), organisation_id, 422)
    flash(
        _(
            "The transfer of %(name)s is prepared. Below is who acts first. Both departments approve last.",
            name=employee.name,
        ),
        "success",
    )
    sees_all = permissions().allows(Permission.SEE_TRANSFERS, transfer.importing_organisation_id)
    page = "transfers.transfer" if sees_all else "transfers.offered_transfer"
    return redirect(url_for(page, transfer_id=transfer.id), 303)


@blueprint.get("/transfers/new/terms")
@blueprint.get("/transfers/new/prepare")
@requires(Permission.OFFER_POSTS)
def begin_again() -> Response:
    """A later step has no address of its own."""
    return redirect(url_for("transfers.new"), 303)


def my_organisations() -> list[OrganisationView]:
    """Those for which somebody offers posts, by name."""
    mine = permissions().organisations(Permission.OFFER_POSTS)
    known = organisations.tree(request_session(), request_time()).organisations
    return [one for one in known.values() if one.id in mine]


def _organisation_id() -> UUID:
    """The organisation that the first step chose; what a form carries is looked at again at each step."""
    unverified = request.form.get("organisation", "")
    for one in my_organisations():
        if str(one.id) == unverified:
            return one.id
    raise NotFound("There is no such organisation.")


def terms_form(organisation_id: UUID, **how: Any) -> TermsForm:
    """The terms as far as the reader says them: that the BPSS check was made, HR alone."""
    grades = organisations.grades_of(request_session(), organisation_id, request_time())
    form = TermsForm(grades, **how)
    if not permissions().allows(Permission.PREPARE_TRANSFER, organisation_id):
        del form.bpss_checked_on
    return form


def fill_conditions(form: TermsForm, employee: Employee, organisation_id: UUID) -> None:
    """Fill in hours, pay location and contract as they have them now, for HR alone: they are of their pay."""
    if not permissions().allows(Permission.PREPARE_TRANSFER, organisation_id):
        return
    session, now = request_session(), request_time()
    held = conditions_of(session, employee.employment_id, now, now)
    form.fte_thousandths.data, form.contract_type.data = held.fte_thousandths, held.contract_type.value
    known = {place_key(one.location): one.location for one in scales_of(session, organisation_id, now)}
    form.pay_location.data = known.get(place_key(held.pay_location), "")


class Asked(TypedDict):
    """Who asks, for which organisation, and with which code or invitation."""

    officer_id: UUID
    permissions: Permissions
    importing_organisation_id: UUID
    unverified_code: str
    invitation_id: UUID | None


def _asked(organisation_id: UUID, unverified_code: str | None, invitation_id: UUID | None = None) -> Asked:
    return {
        "officer_id": signed_in_person(),
        "permissions": permissions(),
        "importing_organisation_id": organisation_id,
        "unverified_code": unverified_code or "",
        "invitation_id": invitation_id,
    }


def _asked_by(organisation_id: UUID, form: TermsForm) -> Asked:
    """By what a form carries; an invitation is looked up for the officer again, like the code."""
    unverified = form.invitation.data
    try:
        return _asked(organisation_id, form.code.data, UUID(unverified) if unverified else None)
    except ValueError:
        raise NotFound("There is no such invitation.") from None


def _look_up(organisation_id: UUID, form: TermsForm) -> Employee:
    return look_up(request_session(), request_time(), **_asked_by(organisation_id, form))


def _code_form(organisation_id: UUID, terms: TermsForm) -> CodeForm:
    form = CodeForm(my_organisations(), formdata=None)
    form.code.data = terms.code.data
    if "organisation" in form:
        form.organisation.data = str(organisation_id)
    return form


def _refuse_beginning(organisation_id: UUID, form: TermsForm, refused: Invalid | Conflict) -> Response:
    """Back to the code; an invitation has a page that says the same as the refusal."""
    if form.invitation.data:
        raise Conflict(refused.message) from refused
    return _refuse_code(_code_form(organisation_id, form), refused)


def _refuse_code(form: CodeForm, refused: Invalid | Conflict) -> Response:
    show_refusal(form, Invalid(refused.message, field="code"))
    return _ask_for_code(form, 422)


def _ask_for_code(form: CodeForm, status: int = 200) -> Response:
    return Response(render_template("transfers/code.html", form=form), status, mimetype="text/html")


def ask_for_terms(form: TermsForm, employee: Employee, organisation_id: UUID, status: int = 200) -> Response:
    """The form of the terms, with whom they are for."""
    shows(employee.person_id)
    known = organisations.tree(request_session(), request_time()).organisations
    page = render_template(
        "transfers/terms.html",
        form=form,
        back_href=_before_terms(form),
        employee=employee,
        exporting=known[employee.organisation_id].name,
        importing=known[organisation_id].name,
        scales=scale_rows(request_session(), organisation_id, request_time()),
    )
    return Response(page, status, mimetype="text/html")


def _before_terms(form: TermsForm) -> str:
    if form.invitation.data:
        return url_for("transfers.invitation", invitation_id=form.invitation.data)
    return url_for("transfers.new")


def _check_answers(form: TermsForm, transfer: Transfer) -> Response:
    shows(transfer.person_id)
    session, now = request_session(), request_time()
    view = view_of(session, transfer, now)
    sees_access = permissions().allows(Permission.SEE_TRANSFERS, transfer.importing_organisation_id)
    preview = find_preview(session, transfer, now, Side.IMPORTING) if sees_access else None
    page = render_template(
        "transfers/check.html",
        view=view,
        sees_access=sees_access,
        line_manager=form.line_manager.data,
        scales=offered_scales(session, transfer, now),
        doubt=doubt_about_salary(session, transfer, now),
        missing=missing_lines(session, view, now),
        carried=[
            (name, value)
            for name, value in request.form.items(multi=True)
            if name in form and name != "csrf_token"
        ],
        changes=preview_items(preview, view, Side.IMPORTING) if preview else [],
        needs_clearance=preview.needs_clearance if preview else (),
    )
    return Response(page, 200, mimetype="text/html")

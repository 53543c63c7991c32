"""An administrator calls an organisation otherwise from a day on, or asks for another place in the tree."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.access import signed_in_person
from app.apps.policy_flow import Case, submit_case
from app.apps.rule_form import reason_field
from app.organisations.blueprint import blueprint
from app.organisations.register import PATH, may_change, may_place, may_rename
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import CivilDateField, Select, SelectChoice, TextInput, stripped
from profiles.access_policy.places import PlaceWanted
from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import changing, reading
from profiles.organisations import service as organisations
from profiles.organisations.reading import Entry
from profiles.organisations.service import LONGEST_NAME
from profiles.roles.permissions import Permission, requires
from profiles.temporal import Provenance

SOURCE = "register of organisations"


class NameForm(FlaskForm):  # type: ignore[misc]
    """What it is called, from when, and why."""

    name = StringField(
        _l("Name"),
        [DataRequired(_l("Enter the name")), Length(max=LONGEST_NAME)],
        widget=TextInput(),
        filters=[stripped],
    )
    first_day = CivilDateField(
        _l("First day"),
        [InputRequired(_l("Enter the first day"))],
        description=_l(
            "It may lie in the past. The first day of a name that is recorded wrongly corrects that name."
        ),
    )
    reason = reason_field(_l("Everybody who opens the register reads it."))


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """Under which organisation it is, from when, and why."""

    parent = SelectField(_l("Which organisation is above it?"), [Optional()], widget=Select())
    first_day = CivilDateField(
        _l("First day"), [InputRequired(_l("Enter the first day"))], description=_l("It may lie in the past.")
    )
    reason = reason_field(_l("Everybody who opens the register reads it."))


@blueprint.get(f"{PATH}/<uuid:organisation_id>/name")
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def change_name(organisation_id: UUID) -> Response:
    """Ask what it is called, and from when."""
    _check_may_rename(organisation_id)
    return _ask_name(organisation_id, NameForm(formdata=None))


@blueprint.post(f"{PATH}/<uuid:organisation_id>/name")
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def submit_name(organisation_id: UUID) -> Response:
    """Record it at once: a name opens nothing."""
    _check_may_rename(organisation_id)
    form, officer_id = NameForm(), signed_in_person()
    if not form.validate_on_submit():
        return _ask_name(organisation_id, form, 422)
    try:
        changing.rename(
            request_session(),
            request_time(),
            Provenance(officer_id, SOURCE, form.data["reason"]),
            Initiator.person(officer_id),
            organisation_id=organisation_id,
            name=form.data["name"],
            first_day=form.data["first_day"],
        )
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _ask_name(organisation_id, form, 422)
    flash(_("The name is recorded."), "success")
    return redirect(url_for("organisations.organisation", organisation_id=organisation_id), 303)


@blueprint.get(f"{PATH}/<uuid:organisation_id>/place")
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def change_place(organisation_id: UUID) -> Response:
    """Ask which organisation is above it, and from when."""
    entry = _check_may_place(organisation_id)
    data = {"parent": str((entry.parent_id if entry.exists else entry.last_above_id) or "")}
    return _ask_place(organisation_id, _place_form(organisation_id, formdata=None, data=data))


@blueprint.post(f"{PATH}/<uuid:organisation_id>/place")
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def submit_place(organisation_id: UUID) -> Response:
    """Check whose access it turns; once that was checked, let it wait for the other side."""
    now, entry = request_time(), _check_may_place(organisation_id)
    form = _place_form(organisation_id)
    if not form.validate_on_submit():
        return _ask_place(organisation_id, form, 422)
    session, first_day = request_session(), form.data["first_day"]
    parent_id = UUID(form.data["parent"]) if form.data["parent"] else None
    try:
        held = changing.versions_from(session, organisation_id, "parent_id", first_day, now)[0]
        _check_leaves(organisation_id, held.parent_id)
    except Invalid as refused:
        show_refusal(form, refused)
        return _ask_place(organisation_id, form, 422)
    return submit_case(
        Case(
            PlaceWanted(organisation_id, parent_id, first_day, held.parent_id),
            entry.name,
            url_for("organisations.organisation", organisation_id=organisation_id),
            form,
            lambda status: _ask_place(organisation_id, form, status),
        )
    )


def _place_form(organisation_id: UUID, **how: Any) -> PlaceForm:
    form = PlaceForm(**how)
    known = organisations.tree(request_session(), request_time())
    below = known.subtree_of(organisation_id)
    others = [one for one in known.organisations.values() if one.id not in below]
    form.parent.choices = [
        SelectChoice("", _("None: it is under no other")),
        *(SelectChoice(str(one.id), one.name) for one in sorted(others, key=lambda one: one.name.casefold())),
    ]
    return form


def _check_may_place(organisation_id: UUID) -> Entry:
    entry = _entry(organisation_id)
    if not may_place(entry):
        raise NotFound(_("There is no such organisation."))
    return entry


def _check_may_rename(organisation_id: UUID) -> None:
    """Also what has ended or is to begin can be called otherwise: a wrong name is corrected."""
    if not may_rename(_entry(organisation_id)):
        raise NotFound(_("There is no such organisation."))


def _entry(organisation_id: UUID) -> Entry:
    now = request_time()
    return reading.entry_of(request_session(), organisation_id, now, now)


def _check_leaves(organisation_id: UUID, from_id: UUID | None) -> None:
    """Who asks is of the side that it leaves: an agency does not go from its department by itself."""
    if not may_change(from_id or organisation_id):
        raise Invalid(
            _("An administrator of the organisation above it on that day must ask for this."),
            field="first_day",
        )


def _ask_name(organisation_id: UUID, form: NameForm, status: int = 200) -> Response:
    return _ask("organisations/new_name.html", organisation_id, form, status)


def _ask_place(organisation_id: UUID, form: PlaceForm, status: int = 200) -> Response:
    return _ask("organisations/new_place.html", organisation_id, form, status)


def _ask(template: str, organisation_id: UUID, form: Any, status: int) -> Response:
    page = render_template(
        template,
        form=form,
        organisation=_entry(organisation_id),
        back_href=url_for("organisations.organisation", organisation_id=organisation_id),
    )
    return Response(page, status, mimetype="text/html")

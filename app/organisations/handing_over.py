"""An administrator hands over an e-mail domain, lets it end, or asks for one; the other side decides."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.apps.policy_flow import Case, submit_case
from app.apps.rule_form import reason_field
from app.organisations.blueprint import blueprint
from app.organisations.register import PATH, may_change
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import CivilDateField, Select, SelectChoice, TextInput, stripped
from profiles.access_policy.domains import DomainWanted, who_vouches
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.organisations.domains import lasting
from profiles.roles.permissions import Permission, requires

CHANGE = f"{PATH}/<uuid:organisation_id>/domains"
ASK = f"{PATH}/<uuid:organisation_id>/domains/new"
LONGEST_DOMAIN = 253
NOBODY = "nobody"


class HandoverForm(FlaskForm):  # type: ignore[misc]
    """Which domain, to whom, from when, and why."""

    domain = SelectField(_l("E-mail domain"), [InputRequired(_l("Choose a domain"))], widget=Select())
    to = SelectField(
        _l("Whose does it become?"), [InputRequired(_l("Choose an organisation, or nobody"))], widget=Select()
    )
    first_day = CivilDateField(
        _l("First day"),
        [InputRequired(_l("Enter the first day"))],
        description=_l("From this day on it is yours no longer. It may lie in the past."),
    )
    reason = reason_field(_l("Everybody who opens the register reads it."))


class DomainForm(FlaskForm):  # type: ignore[misc]
    """A domain that nobody has, from when, and why."""

    domain = StringField(
        _l("E-mail domain"),
        [DataRequired(_l("Enter the domain")), Length(max=LONGEST_DOMAIN)],
        widget=TextInput(),
        filters=[stripped, lambda typed: typed.lower() if typed else typed],
        description=_l("What stands behind the @, for example digital.hmrc.gov.uk"),
    )
    first_day = CivilDateField(
        _l("First day"), [InputRequired(_l("Enter the first day"))], description=_l("It may lie in the past.")
    )
    reason = reason_field(_l("Everybody who opens the register reads it."))


@blueprint.get(CHANGE)
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def change_domain(organisation_id: UUID) -> Response:
    """Ask which of its domains goes where."""
    _check_managed(organisation_id)
    return _ask_change(organisation_id, _handover_form(organisation_id, formdata=None))


@blueprint.post(CHANGE)
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def submit_domain(organisation_id: UUID) -> Response:
    """Check whom it touches; once that was checked, let it wait for the other side."""
    _check_managed(organisation_id)
    form = _handover_form(organisation_id)
    if not form.validate_on_submit():
        return _ask_change(organisation_id, form, 422)
    to_id = None if form.data["to"] == NOBODY else UUID(form.data["to"])
    wanted = DomainWanted(form.data["domain"], form.data["first_day"], organisation_id, to_id)
    return _submit(organisation_id, wanted, form, lambda status: _ask_change(organisation_id, form, status))


@blueprint.get(ASK)
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def new_domain(organisation_id: UUID) -> Response:
    """Ask which domain that nobody has."""
    _check_managed(organisation_id)
    return _ask_new(organisation_id, DomainForm(formdata=None))


@blueprint.post(ASK)
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def submit_new_domain(organisation_id: UUID) -> Response:
    """Let it wait for whoever has the domain above it."""
    _check_managed(organisation_id)
    form = DomainForm()
    if not form.validate_on_submit():
        return _ask_new(organisation_id, form, 422)
    domain, first_day = form.data["domain"], form.data["first_day"]
    above_id = who_vouches(request_session(), domain, first_day, request_time())
    wanted = DomainWanted(domain, first_day, to_id=organisation_id, above_id=above_id)
    return _submit(organisation_id, wanted, form, lambda status: _ask_new(organisation_id, form, status))


def _submit(organisation_id: UUID, wanted: DomainWanted, form: Any, ask: Any) -> Response:
    name = organisations.get(request_session(), organisation_id, request_time()).name
    back_href = url_for("organisations.organisation", organisation_id=organisation_id)
    return submit_case(Case(wanted, name, back_href, form, ask))


def _handover_form(organisation_id: UUID, **how: Any) -> HandoverForm:
    session, now, form = request_session(), request_time(), HandoverForm(**how)
    form.domain.choices = [SelectChoice(one, one) for one in lasting(session, organisation_id, now)]
    others = [
        one for one in organisations.tree(session, now).organisations.values() if one.id != organisation_id
    ]
    form.to.choices = [
        SelectChoice("", _("Choose an organisation")),
        SelectChoice(NOBODY, _("Nobody’s: it ends")),
        *(SelectChoice(str(one.id), one.name) for one in sorted(others, key=lambda one: one.name.casefold())),
    ]
    return form


def _check_managed(organisation_id: UUID) -> None:
    if not may_change(organisation_id):
        raise NotFound(_("There is no such organisation."))


def _ask_change(organisation_id: UUID, form: HandoverForm, status: int = 200) -> Response:
    return _ask("organisations/change_domain.html", organisation_id, form, status)


def _ask_new(organisation_id: UUID, form: DomainForm, status: int = 200) -> Response:
    return _ask("organisations/new_domain.html", organisation_id, form, status)


def _ask(template: str, organisation_id: UUID, form: Any, status: int) -> Response:
    page = render_template(
        template,
        form=form,
        organisation=organisations.get(request_session(), organisation_id, request_time()),
        back_href=url_for("organisations.organisation", organisation_id=organisation_id),
        ask_href=url_for("organisations.new_domain", organisation_id=organisation_id),
    )
    return Response(page, status, mimetype="text/html")

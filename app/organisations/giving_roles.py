"""An administrator, of the organisation or of the platform, asks that somebody gets a role in Lanyard."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired, Optional

from app.access import permissions
from app.apps.policy_flow import Case, submit_case
from app.apps.rule_form import reason_field
from app.opened_records import shows
from app.organisations.blueprint import blueprint
from app.portable_profile.words import role_words
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal, text_field
from app.translation import gettext as _
from app.widgets import Checkbox, CivilDateField, Select, SelectChoice
from profiles.access_policy.officers import NOT_THERE, RoleWanted, check_may_ask
from profiles.errors import Invalid
from profiles.organisations import service as organisations
from profiles.people.service import normal_address
from profiles.roles.models import Role
from profiles.roles.permissions import GIVEN, Permission, requires
from profiles.sign_in.service import find_person_by_address

PATH = "/organisations/officers/new"


class RoleForm(FlaskForm):  # type: ignore[misc]
    """Who, which role, where, from when to when, and why."""

    address = text_field(
        _l("Work e-mail address"),
        _l("Enter the work e-mail address"),
        description=_l("Of somebody who works there, or who begins there on the first day."),
    )
    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role"))], widget=Select())
    organisation = SelectField(
        _l("Organisation"), [InputRequired(_l("Choose an organisation"))], widget=Select()
    )
    include_subtree = BooleanField(_l("Also at everything below it"), widget=Checkbox())
    first_day = CivilDateField(_l("First day"), [InputRequired(_l("Enter the first day"))])
    last_day = CivilDateField(
        _l("Last day (optional)"),
        [Optional()],
        description=_l("Without one it ends when somebody ends it, and when they leave."),
    )
    operator = SelectField(
        _l("Through a shared service (optional)"),
        [Optional()],
        widget=Select(),
        description=_l("Only for somebody who works for a service that acts for several organisations."),
    )
    reason = reason_field(_l("The other officer, and everybody who may see who holds which role, reads it."))

    def wanted(self, person_id: UUID) -> RoleWanted:
        """What is asked for, once the form is valid."""
        typed = self.data
        return RoleWanted(
            person_id=person_id,
            role=Role(typed["role"]),
            at_id=UUID(typed["organisation"]),
            first_day=typed["first_day"],
            last_day=typed["last_day"],
            include_subtree=typed["include_subtree"],
            operator_id=UUID(typed["operator"]) if typed["operator"] else None,
        )


@blueprint.get(PATH)
@requires(Permission.GIVE_ROLES, fresh=True)
def new_role() -> Response:
    """Ask who gets which role, and where."""
    return _ask(_form(formdata=None))


@blueprint.post(PATH)
@requires(Permission.GIVE_ROLES, fresh=True)
def submit_role() -> Response:
    """Check what it opens; once that was checked, let it wait for a second officer."""
    form = _form()
    if not form.validate_on_submit():
        return _ask(form, 422)
    session, now = request_session(), request_time()
    try:
        wanted = form.wanted(_whose(form.data["address"]))
        check_may_ask(session, permissions(), wanted, now)
    except Invalid as refused:
        show_refusal(form, refused)
        return _ask(form, 422)
    shows(wanted.person_id)
    caption = organisations.get(session, wanted.at_id, now).name
    back_href = url_for("organisations.officers")
    return submit_case(Case(wanted, caption, back_href, form, lambda status: _ask(form, status)))


def _whose(unverified_address: str) -> UUID:
    """Whose address it is, who is somebody else. Raises Invalid, naming the field."""
    try:
        address = normal_address(unverified_address)
    except Invalid as refused:
        raise Invalid(refused.message, field="address") from None
    person_id = find_person_by_address(request_session(), address, request_time())
    if person_id is None:
        raise Invalid(NOT_THERE, field="address")
    if permissions().are_of(person_id):
        raise Invalid(_("A colleague must ask for your own role."), field="address")
    return person_id


def _form(**how: Any) -> RoleForm:
    form = RoleForm(**how)
    known = organisations.tree(request_session(), request_time()).organisations.values()
    named = sorted(known, key=lambda one: one.name.casefold())
    mine = permissions().organisations(Permission.GIVE_ROLES)
    everywhere = Permission.GIVE_ROLES in permissions().platform
    form.role.choices = [
        SelectChoice("", _("Choose a role")),
        *(
            SelectChoice(role.value, words)
            for role, words in role_words().items()
            if role in GIVEN and role is not Role.PLATFORM_ADMINISTRATOR
        ),
    ]
    form.organisation.choices = [
        SelectChoice("", _("Choose an organisation")),
        *(SelectChoice(str(one.id), one.name) for one in named if everywhere or one.id in mine),
    ]
    form.operator.choices = [
        SelectChoice("", _("None: they work for the organisation")),
        *(SelectChoice(str(one.id), one.name) for one in named),
    ]
    return form


def _ask(form: RoleForm, status: int = 200) -> Response:
    page = render_template("organisations/new_role.html", form=form)
    return Response(page, status, mimetype="text/html")

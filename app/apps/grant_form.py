"""The forms by which a role is given by hand, prolonged, ended or delegated."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from app.apps.rule_form import reason_field
from app.transfers.forms import text_field
from app.translation import gettext as _
from app.widgets import Checkbox, CivilDateField, Radios, Select, SelectChoice
from profiles.entitlements.facts import AppRules, RoleView
from profiles.organisations.service import OrganisationTree

_READ_BY = _l("It stays with the record. The person, the other officer and auditors can read it.")


def _last_day(hint: Any) -> CivilDateField:
    return CivilDateField(_l("Last day"), [InputRequired(_l("Enter the last day"))], description=hint)


class GrantForm(FlaskForm):  # type: ignore[misc]
    """Who gets which role, why and until when."""

    who = text_field(
        _l("Work e-mail address or employment number"),
        _l("Enter an address or a number"),
        description=_l("Of somebody who works for your organisation."),
    )
    role_name = RadioField(_l("Which role?"), [InputRequired(_l("Choose the role"))], widget=Radios())
    first_day = CivilDateField(
        _l("First day"), [InputRequired(_l("Enter the first day"))], description=_l("It may be today.")
    )
    last_day = _last_day(_l("A year from now at most. Then it ends by itself."))
    reason = reason_field(_READ_BY)

    def __init__(self, roles: Iterable[RoleView], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.role_name.choices = [SelectChoice(one.name, one.label) for one in roles]


class ProlongForm(FlaskForm):  # type: ignore[misc]
    """The new last day."""

    last_day = _last_day(_l("A year from now at most."))
    reason = reason_field(_READ_BY)
    version = HiddenField()


class EndGrantForm(FlaskForm):  # type: ignore[misc]
    """The last day, or none for now."""

    last_day = CivilDateField(
        _l("Last day (optional)"), [Optional()], description=_l("Leave it empty to end it at once.")
    )
    reason = reason_field(_READ_BY)
    version = HiddenField()


class DelegationForm(FlaskForm):  # type: ignore[misc]
    """To which organisation, for which role, until when."""

    to_id = SelectField(
        _l("To officers of which organisation?"),
        [InputRequired(_l("Choose the organisation"))],
        widget=Select(),
        description=_l(
            "Its human resources officers and owners of apps can then give the role to its people."
        ),
    )
    include_subtree = BooleanField(_l("And of every organisation below it"), widget=Checkbox())
    role_name = RadioField(_l("Which role may they give?"), [Optional()], widget=Radios())
    last_day = _last_day(_l("What they have given by then stays until its own last day."))
    reason = reason_field(_l("The other officer and auditors read it."))

    def __init__(self, rules: AppRules, known: OrganisationTree, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.to_id.choices = [
            SelectChoice("", _("Choose an organisation")),
            *(SelectChoice(str(one.id), one.name) for one in known.organisations.values()),
        ]
        self.role_name.choices = [
            SelectChoice("", _("Any role of the app")),
            *(SelectChoice(one.name, one.label) for one in rules.roles),
        ]


class EndDelegationForm(FlaskForm):  # type: ignore[misc]
    """Why it ends."""

    reason = reason_field(_l("Auditors read it."))
    version = HiddenField()

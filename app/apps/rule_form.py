"""The form of a rule: who gets which role, from when and until when."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.transfers.forms import text_field
from app.translation import gettext as _
from app.widgets import Checkbox, CivilDateField, Radios, Select, SelectChoice, TextArea, stripped
from profiles.access_policy.rules import Conditions
from profiles.apps.models import AccessRule
from profiles.apps.service import CLEARANCE_LEVELS
from profiles.clearances.levels import ClearanceLevel
from profiles.entitlements.facts import AppRules
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import OrganisationTree
from profiles.temporal import INSTANT, civil_date

LONGEST_REASON = 500
ANY = "any"
"""What is chosen where a rule is for people of every organisation; the form never begins with it."""


def reason_field(description: Any) -> TextAreaField:
    """Why; always asked for."""
    return TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Enter the reason")),
            Length(max=LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=description,
        widget=TextArea(),
        filters=[stripped],
    )


def _select(label: Any, **kwargs: Any) -> SelectField:
    return SelectField(label, [Optional()], widget=Select(), filters=[lambda typed: typed or None], **kwargs)


class EndRuleForm(FlaskForm):  # type: ignore[misc]
    """The last day of a rule."""

    last_day = CivilDateField(
        _l("Last day (optional)"),
        [Optional()],
        description=_l("Leave it empty to end the rule at once."),
    )
    reason = reason_field(_l("The other officer and auditors read it."))
    version = HiddenField()


class RuleForm(FlaskForm):  # type: ignore[misc]
    """Every condition of a rule, its days, and why. What else is left open shuts nobody out."""

    role_name = RadioField(
        _l("Which role does it give?"), [InputRequired(_l("Choose the role"))], widget=Radios()
    )
    organisation_id = SelectField(
        _l("To people of which organisation?"),
        [InputRequired(_l("Choose the organisation, or people of any organisation"))],
        widget=Select(),
    )
    include_subtree = BooleanField(_l("And of every organisation below it"), widget=Checkbox())
    grade_from = _select(_l("Lowest grade"))
    grade_to = _select(_l("Highest grade"))
    profession = text_field(_l("Profession (optional)"), description=_l("For example, Operational Delivery"))
    posting_kind = RadioField(_l("In which posts?"), widget=Radios())
    least_clearance = _select(_l("Least clearance"))
    first_day = CivilDateField(
        _l("First day"), [InputRequired(_l("Enter the first day"))], description=_l("It may be today.")
    )
    last_day = CivilDateField(
        _l("Last day (optional)"), [Optional()], description=_l("The last day on which it holds.")
    )
    reason = reason_field(_l("The other officer and auditors read it."))
    version = HiddenField()

    def __init__(
        self, rules: AppRules, known: OrganisationTree, held: AccessRule | None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        closed = []
        place = held.organisation_id if held is not None else None
        if held is not None and place is not None and place not in known.organisations:
            name = rules.surroundings.name_of(place, held.valid_from)
            closed = [SelectChoice(str(place), _("%(name)s (closed)", name=name))]
        self.role_name.choices = [SelectChoice(one.name, one.label) for one in rules.roles]
        self.organisation_id.choices = [
            SelectChoice("", _("Choose an organisation")),
            SelectChoice(ANY, _("Any organisation")),
            *closed,
            *(SelectChoice(str(one.id), one.name) for one in known.organisations.values()),
        ]
        grades = [SelectChoice(one.value, one.value) for one in CommonGrade]
        self.grade_from.choices = [SelectChoice("", _("No lowest grade")), *grades]
        self.grade_to.choices = [SelectChoice("", _("No highest grade")), *grades]
        self.posting_kind.choices = [
            SelectChoice("", _("Posts at home, and posts on loan")),
            SelectChoice("home", _("Posts at home alone, also while the person is on loan")),
            SelectChoice("host", _("Posts on loan alone")),
        ]
        levels = [one.value for one in ClearanceLevel if one.value in CLEARANCE_LEVELS]
        self.least_clearance.choices = [
            SelectChoice("", _("None asked for")),
            *(SelectChoice(one, one) for one in levels),
        ]

    def conditions(self) -> Conditions:
        """What was filled in, once the form is valid."""
        typed = self.data
        place, lowest, highest = typed["organisation_id"], typed["grade_from"], typed["grade_to"]
        return Conditions(
            role_name=typed["role_name"],
            organisation_id=None if place == ANY else UUID(place),
            include_subtree=typed["include_subtree"],
            grade_from=CommonGrade(lowest) if lowest else None,
            grade_to=CommonGrade(highest) if highest else None,
            profession=typed["profession"] or None,
            posting_kind=typed["posting_kind"] or None,
            least_clearance=typed["least_clearance"],
        )


def begin_with(held: AccessRule | None) -> dict[str, Any]:
    """What the form begins with: what the rule says, or nothing."""
    if held is None:
        return {"include_subtree": True, "posting_kind": ""}
    said = held.model_dump(include=set(Conditions.__dataclass_fields__))
    return said | {
        "organisation_id": str(held.organisation_id) if held.organisation_id else ANY,
        "posting_kind": held.posting_kind or "",
        "last_day": civil_date(held.valid_to - INSTANT) if held.valid_to else None,
        "version": str(held.id),
    }

"""The forms of transfers. Fields have the names that ``profiles.errors.Invalid`` uses."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.portable_profile.words import contracts
from app.scaled_field import ScaledField
from app.transfers.regime_words import release_words
from app.widgets import Checkbox, CivilDateField, Radios, Select, SelectChoice, TextArea, TextInput, stripped
from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import ContractType
from profiles.errors import Invalid
from profiles.organisations.grades import CommonGrade
from profiles.organisations.move_rules import Regime
from profiles.organisations.service import OrganisationView
from profiles.transfers.terms import Terms

POUNDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?")
LONGEST = 120


def text_field(label: Any, message: Any = None, **kwargs: Any) -> StringField:
    """A one-line text; required when there is a ``message`` that says so."""
    validators = [Length(max=LONGEST, message=_l("Use %(max)d characters or fewer"))]
    required = DataRequired(message) if message else Optional()
    return StringField(label, [required, *validators], widget=TextInput(), filters=[stripped], **kwargs)


class PoundsField(Field):
    """An amount typed in pounds; its data is whole pence, exactly, or None."""

    widget = TextInput()
    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = re.sub(r"[\s,£]", "", valuelist[0]) if valuelist else ""
        self.data = None
        if not typed:
            return
        if not POUNDS.fullmatch(typed):
            raise ValueError(gettext("Enter an amount of pounds, like 41000 or 41000.50"))
        self.data = int(Decimal(typed) * 100)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{Decimal(self.data) / 100:.2f}" if self.data is not None else ""


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The code, and for whom the officer acts; who acts for one organisation is not asked."""

    organisation = RadioField(
        _l("Which organisation are they joining?"),
        [InputRequired(_l("Choose the organisation that they are joining"))],
        widget=Radios(),
    )
    code = StringField(
        _l("Transfer code"),
        [DataRequired(_l("Enter the transfer code")), Length(max=40, message=_l("Enter a shorter code"))],
        description=_l("16 letters and numbers, like 7K3M-XXXX-XXXX-XXXX. The employee makes it."),
        widget=TextInput(),
        filters=[stripped],
    )

    def __init__(self, organisations: Iterable[OrganisationView], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choices = [SelectChoice(str(one.id), one.name) for one in organisations]
        self._only = UUID(choices[0].value) if len(choices) == 1 else None
        self.organisation.choices = choices
        if self._only:
            del self.organisation

    @property
    def organisation_id(self) -> UUID:
        """The organisation, once the form is valid."""
        return self._only or UUID(self.organisation.data)


class TermsForm(FlaskForm):  # type: ignore[misc]
    """What the importing organisation offers.

    It carries the organisation, and the code or the invitation, of the first step.
    """

    code = HiddenField()
    invitation = HiddenField()
    organisation = HiddenField()
    local_grade = SelectField(_l("Grade"), [InputRequired(_l("Choose a grade"))], widget=Select())
    job_title = text_field(_l("Job title"), _l("Enter the job title"))
    profession = text_field(_l("Profession (optional)"), description=_l("For example, Operational Delivery"))
    unit = text_field(_l("Team or unit (optional)"))
    location = text_field(_l("Place of work (optional)"))
    employment_number = text_field(_l("Employment number"), _l("Enter the employment number"))
    work_address = text_field(
        _l("New work e-mail address"),
        _l("Enter the new work e-mail address"),
        description=_l("They can sign in with it from the start date. Nobody else may have it."),
    )
    salary = PoundsField(
        _l("Yearly salary"),
        [InputRequired(_l("Enter the yearly salary"))],
        description=_l("Full-time, before tax. For example, 41000 or 41000.50"),
    )
    contract_type = SelectField(_l("Contract"), [InputRequired(_l("Choose the contract"))], widget=Select())
    fte_thousandths = ScaledField(
        _l("Hours"),
        [InputRequired(_l("Enter the hours as a percentage of full time"))],
        10,
        description=_l("A percentage of full time, like 100 or 60"),
    )
    pay_location = text_field(
        _l("Pay location (optional)"),
        description=_l("As your pay scales call it, where they differ by place. For example, London"),
    )
    start_date = CivilDateField(
        _l("Start date"),
        [InputRequired(_l("Enter the start date"))],
        description=_l("The first day with you. It may be today."),
    )
    last_day = CivilDateField(
        _l("Last day in the old department (optional)"),
        [Optional()],
        description=_l("Leave it empty for the day before the start date."),
    )
    required_level = SelectField(
        _l("Clearance that the post needs"),
        [Optional()],
        description=_l("The old department is asked to release it. What is not asked for lapses."),
        widget=Select(),
    )
    bpss_checked_on = CivilDateField(
        _l("Date of your BPSS check (optional)"),
        [Optional()],
        description=_l(
            "The Baseline Personnel Security Standard check, if they have passed it already. Otherwise "
            "record it later: nobody approves before."
        ),
    )
    line_manager = text_field(
        _l("Work e-mail address of their new line manager (optional)"),
        description=_l("They arrange the first day. You can say later who it is."),
    )

    def __init__(self, grades: dict[str, CommonGrade | None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.local_grade.choices = [SelectChoice("", gettext("Choose a grade"))] + [
            SelectChoice(label, f"{label} ({grade.value})" if grade and grade.value != label else label)
            for label, grade in grades.items()
        ]
        self.contract_type.choices = [
            SelectChoice("", gettext("Choose a contract")),
            *(SelectChoice(one.value, words) for one, words in contracts().items()),
        ]
        needed = [one for one in ClearanceLevel if one is not ClearanceLevel.BPSS]
        self.required_level.choices = [
            SelectChoice("", gettext("None")),
            *(SelectChoice(one.value, one.value) for one in needed),
        ]

    def terms(self) -> Terms:
        """The terms, once the form is valid."""
        typed = self.data
        names = ("local_grade", "job_title", "profession", "unit", "location", "employment_number")
        more = ("work_address", "start_date", "line_manager", "fte_thousandths", "pay_location")
        level = ClearanceLevel(typed["required_level"]) if typed["required_level"] else None
        return Terms(
            salary_pence=typed["salary"],
            contract_type=ContractType(typed["contract_type"]),
            required_level=level,
            bpss_checked_on=typed.get("bpss_checked_on"),
            last_day=typed.get("last_day"),
            **{name: typed[name] for name in (*names, *more)},
        )


class ReleaseForm(FlaskForm):  # type: ignore[misc]
    """What the old department confirms."""

    records_released = BooleanField(
        "",
        [InputRequired(_l("Confirm that leave and absence records are released"))],
        widget=Checkbox(),
    )

    def __init__(self, regime: Regime) -> None:
        super().__init__()
        self.records_released.label.text = release_words(regime)


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why a transfer is refused."""

    reason = TextAreaField(
        _l("Reason"),
        [
            DataRequired(_l("Say why, so that the others know what to do")),
            Length(max=1000, message=_l("Use 1,000 characters or fewer")),
        ],
        description=_l("The employee and the other department can read it."),
        widget=TextArea(),
        filters=[stripped],
    )


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """A form of one button."""


def show_refusal(form: Form, error: Invalid) -> None:
    """Say all that the domain refused, each at the field it names or above the form."""
    for one in (error, *error.others):
        if one.field is not None and one.field in form:
            form[one.field].errors = [one.message]
        else:
            form.form_errors = [*form.form_errors, one.message]

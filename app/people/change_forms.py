"""A form for each kind of fact that HR corrects, ends or adds; fields are called as the columns are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from app.display_formats import civil_date as civil_day
from app.people.colleague_field import ColleagueField
from app.people.reason_fields import reason_field, source_field
from app.portable_profile import words
from app.request_transaction import request_session, request_time
from app.scaled_field import ScaledField
from app.transfers.forms import PoundsField, text_field
from app.widgets import Checkbox, CivilDateField, Radios, Select, SelectChoice
from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import RESUMES, Employment
from profiles.organisations import service as organisations
from profiles.organisations.offices import find_office, lines_of, offices_of
from profiles.portable_profile.adding import EMPLOYMENT
from profiles.portable_profile.edges import MEETING, meeting
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.rules import EDITABLE
from profiles.temporal import INSTANT, civil_date, end_of_day, start_of_day


def _choice(label: Any, choices: Callable[[], Mapping[Any, str]], *, empty: bool = False) -> SelectField:
    made = [SelectChoice("", _l("None"))] if empty else []
    return SelectField(
        label,
        [Optional()] if empty else [InputRequired(_l("Choose one"))],
        widget=Select(),
        choices=lambda: [*made, *(SelectChoice(str(one.value), word) for one, word in choices().items())],
        filters=[lambda typed: typed or None],
    )


def _day(label: Any, *, needed: bool, hint: Any = "") -> CivilDateField:
    return CivilDateField(
        label, [InputRequired(_l("Enter the day")) if needed else Optional()], description=hint
    )


def _pounds(label: Any, *, needed: bool) -> PoundsField:
    return PoundsField(label, [InputRequired(_l("Enter the amount")) if needed else Optional()])


def _scaled(label: Any, factor: int, hint: Any = "") -> ScaledField:
    return ScaledField(label, [InputRequired(_l("Enter the number"))], factor, description=hint)


_PER_CENT = _l("A percentage of full time, like 100 or 60")
_FIELDS: Mapping[Kind, Callable[[], dict[str, Any]]] = {
    Kind.NAME: lambda: {
        "given_names": text_field(_l("Given names"), _l("Enter the given names")),
        "middle_names": text_field(_l("Middle names (optional)")),
        "family_name": text_field(_l("Family name"), _l("Enter the family name")),
        "known_as": text_field(_l("Known as (optional)")),
    },
    Kind.BIRTH_DATE: lambda: {"born_on": _day(_l("Date of birth"), needed=True)},
    Kind.IDENTITY_PROOFING: lambda: {
        "confidence": _choice(_l("Level of confidence by GPG 45"), words.confidences),
        "gpg45_profile": text_field(
            _l("Identity profile of GPG 45 (optional)"), description=_l("For example, M1A")
        ),
        "evidence": _choice(_l("What the check rested on"), words.identity_evidence),
        "checked_by": text_field(
            _l("Which team or service checked"),
            _l("Say which team or service checked"),
            description=_l("Not a person, and no number of a document, here or below."),
        ),
    },
    Kind.ADDRESS: lambda: {"address": text_field(_l("Work e-mail address"), _l("Enter the address"))},
    Kind.PHONE: lambda: {
        "number": text_field(
            _l("Work phone number"),
            _l("Enter the number"),
            description=_l("With its country code, like +44 20 7946 0123"),
        ),
        "is_verified": BooleanField(_l("Somebody has seen that it reaches this person"), widget=Checkbox()),
    },
    Kind.EMPLOYMENT: lambda: {
        "number": text_field(_l("Employment number"), _l("Enter the number")),
        "continuous_service_from": _day(_l("Continuous service since"), needed=True),
        "contract_type": _choice(_l("Contract"), words.contracts),
    },
    Kind.POSTING: lambda: {
        "local_grade": text_field(_l("Grade, as your organisation calls it"), _l("Enter the grade")),
        "job_title": text_field(_l("Job title"), _l("Enter the job title")),
        "profession": text_field(_l("Profession (optional)")),
        "unit": text_field(_l("Team or unit (optional)")),
        "location": text_field(_l("Place of work (optional)")),
        "line_manager_id": ColleagueField(
            _l("Work e-mail address of the line manager (optional)"),
            [Optional()],
            description=_l("Somebody of your organisation"),
        ),
        "required_clearance": _choice(
            _l("Clearance that the post needs"),
            lambda: {level: level.value for level in ClearanceLevel},
            empty=True,
        ),
    },
    Kind.PAY: lambda: {
        "salary_pence": _pounds(_l("Yearly salary, full-time, in pounds"), needed=True),
        "pay_reason": _choice(_l("Why it began"), words.pay_reasons),
        "scale": text_field(_l("Name of the scale (optional)")),
        "scale_minimum_pence": _pounds(_l("The scale from (optional)"), needed=False),
        "scale_maximum_pence": _pounds(_l("The scale to (optional)"), needed=False),
        "location": text_field(_l("Pay location (optional)"), description=_l("For example, London")),
        "fte_thousandths": _scaled(_l("Hours"), 10, _PER_CENT),
        "mark_time_until": _day(_l("Mark time through (optional)"), needed=False),
    },
    Kind.ALLOWANCE: lambda: {
        "kind": _choice(_l("Allowance"), words.allowance_kinds),
        "amount_pence": _pounds(_l("A year, full-time, in pounds"), needed=True),
    },
    Kind.PENSION: lambda: {
        "scheme": _choice(_l("Scheme"), words.schemes),
        "member_number": text_field(_l("Member number (optional)")),
    },
    Kind.LEAVE: lambda: {
        "leave_year_from": _day(_l("The leave year begins on"), needed=True),
        "entitlement_hundredths": _scaled(_l("Entitlement, in days"), 100),
        "carried_over_hundredths": _scaled(_l("Carried over, in days"), 100),
        "taken_hundredths": _scaled(_l("Taken, in days"), 100),
    },
    Kind.ABSENCE: lambda: {
        "period_from": _day(_l("First day of the period"), needed=True),
        "period_to": _day(_l("Last day of the period"), needed=True),
        "absent_hundredths": _scaled(_l("Absent, in days"), 100),
        "occasions": _scaled(_l("Occasions"), 1),
    },
}
_TIMELESS = frozenset({Kind.BIRTH_DATE})
OF_ONE_ORGANISATION = frozenset({Kind.ADDRESS, Kind.PHONE})
"""What one of several organisations gives somebody, whichever the officer says; an office says it itself."""
ORGANISATION = "organisation"


def _employment(employments: Sequence[Employment]) -> RadioField:
    """The employments of which one is to be named, by employer, number and days."""
    session, now = request_session(), request_time()
    known = organisations.tree(session, now).organisations
    return RadioField(
        _l("Under which employment?"),
        [InputRequired(_l("Say under which employment"))],
        widget=Radios(),
        choices=[
            SelectChoice(
                str(one.fact_id),
                gettext(
                    "%(number)s at %(organisation)s, since %(day)s",
                    number=one.number,
                    organisation=employer.name,
                    day=civil_day(one.valid_from),
                ),
            )
            for one in employments
            if (employer := known.get(one.organisation_id)) is not None
        ],
        coerce=lambda typed: UUID(str(typed)) if typed else None,
    )


def _organisation(organisation_ids: Sequence[UUID]) -> RadioField:
    """The organisations of which one gives an address or a number."""
    known = organisations.tree(request_session(), request_time()).organisations
    return RadioField(
        _l("Of which organisation is it?"),
        [InputRequired(_l("Say of which organisation it is"))],
        widget=Radios(),
        choices=[SelectChoice(str(one), known[one].name) for one in organisation_ids if one in known],
        coerce=lambda typed: UUID(str(typed)) if typed else None,
    )


def _office(organisation_ids: Sequence[UUID], held: Any | None) -> SelectField:
    """The offices of organisations, and the one that is recorded, whosever it is."""
    session, now = request_session(), request_time()
    offices = [office for one in organisation_ids for office in offices_of(session, one, now)]
    present = find_office(session, held.office_id, now) if held is not None else None
    if present is not None and all(one.fact_id != present.fact_id for one in offices):
        offices.append(present)
    several = len(organisation_ids) > 1
    known = organisations.tree(session, now).organisations if several else {}
    named = [
        SelectChoice(
            str(one.fact_id),
            ", ".join(
                [
                    *([known[one.organisation_id].name] if one.organisation_id in known else []),
                    one.name,
                    *lines_of(one),
                ]
            ),
        )
        for one in offices
    ]
    return SelectField(
        _l("Office"),
        [InputRequired(_l("Choose the office"))],
        widget=Select(),
        choices=[SelectChoice("", _l("Choose one")), *named],
        coerce=lambda typed: UUID(str(typed)) if typed else None,
        description=""
        if offices
        else _l("Your organisation has no office yet: offices come in by an import."),
    )


@dataclass(frozen=True)
class ChangeForm:
    """The form of one action on one kind of fact."""

    form: Any
    kind: Kind
    action: Action
    held: Any | None

    @property
    def withdraws(self) -> bool:
        """Whether it takes back what has not begun."""
        return withdraws(self.action, self.held)

    @property
    def organisation_id(self) -> UUID | None:
        """Whose it is, where the officer said so: by name, or by the office that they chose."""
        if ORGANISATION in self.form:
            named: UUID = self.form.data[ORGANISATION]
            return named
        if self.kind is Kind.OFFICE and self.action is Action.ADD:
            office = find_office(request_session(), self.form.data["office_id"], request_time())
            return office.organisation_id if office is not None else None
        return None

    def values(self) -> dict[str, Any]:
        """The columns that change, once the form is valid; moments that stay are left out."""
        typed: dict[str, Any] = {}
        if self.action is not Action.END:
            typed = {name: self.form.data[name] for name in EDITABLE[self.kind]}
        if self.held is not None and self.withdraws:
            typed["valid_to"] = self.held.valid_from
        if self.form.data.get("moves_neighbours"):
            typed["moves_neighbours"] = True
        if EMPLOYMENT in self.form:
            typed[EMPLOYMENT] = self.form.data[EMPLOYMENT]
        if self.kind is Kind.BIRTH_DATE and self.action is Action.ADD:
            typed["valid_from"] = start_of_day(self.form.data["born_on"])
        first, last = self.form.data.get("first_day"), self.form.data.get("last_day")
        if first is not None and (self.held is None or first != civil_date(self.held.valid_from)):
            typed["valid_from"] = start_of_day(first)
        if "last_day" in self.form and last != _last_day(self.held):
            typed["valid_to"] = end_of_day(last) if last is not None else None
        return typed


def withdraws(action: Action, held: Any | None) -> bool:
    """Whether the action takes back a fact that has not begun."""
    return action is Action.END and held is not None and held.valid_from > request_time()


def change_form(
    kind: Kind,
    action: Action,
    held: Any | None,
    organisation_ids: Sequence[UUID],
    employments: Sequence[Employment] = (),
) -> ChangeForm:
    """The form, filled in with what we say now; what was posted comes before that.

    ``organisation_ids`` is the organisation whose fact it is or, of what is added, those where it may be of
    one; of ``employments`` one is to be named.
    """
    fields: dict[str, Any] = {EMPLOYMENT: _employment(employments)} if employments else {}
    if kind in OF_ONE_ORGANISATION and action is Action.ADD and len(organisation_ids) > 1:
        fields[ORGANISATION] = _organisation(organisation_ids)
    if kind is Kind.OFFICE and action is not Action.END:
        fields["office_id"] = _office(organisation_ids, held)
    elif action is not Action.END:
        fields |= _FIELDS[kind]()
    if kind is Kind.PAY and action is Action.ADD:
        fields["scale"].kwargs["description"] = _l(
            "Leave the scale empty to take that of the grade and the pay location on the first day."
        )
    if action is not Action.END and kind not in _TIMELESS:
        fields["first_day"] = _day(_l("First day"), needed=True, hint=_l("It may lie in the past."))
    if kind not in _TIMELESS and not withdraws(action, held):
        ends = action is Action.END
        label = _l("Last day") if ends else _l("Last day (optional)")
        hint = _l("The last day on which it is so.")
        if ends:
            hint = _l("The last day on which it is so. A day before the first says that it never was so.")
        fields["last_day"] = _day(label, needed=ends, hint=hint)
    if held is not None and kind in MEETING:
        fields |= _neighbours(kind, action, held, organisation_ids[0])
    fields["source"] = source_field()
    fields["reason"] = reason_field()
    fields["version"] = HiddenField()
    made = cast(Any, type(f"{kind.name.title()}Form", (FlaskForm,), fields))
    return ChangeForm(made(data=_filled(kind, action, held)), kind, action, held)


def _neighbours(kind: Kind, action: Action, held: Any, organisation_id: UUID) -> dict[str, Any]:
    """Whether the days of others move with it; not asked where there are none."""
    has_some, follows_one = meeting(request_session(), kind, held, request_time(), organisation_id)
    if not (follows_one if withdraws(action, held) else has_some):
        return {}
    label = (
        _l("Let the entry before go on in its place")
        if withdraws(action, held)
        else _l(
            "Move the days of the entries that meet this one too, so that none is left out or covered twice"
        )
    )
    return {"moves_neighbours": BooleanField(label, widget=Checkbox())}


def _filled(kind: Kind, action: Action, held: Any | None) -> dict[str, Any]:
    if held is None:
        return {name: _asked_day(name) for name in ("first_day", "last_day")}
    filled: dict[str, Any] = {"version": str(held.id), "last_day": _last_day(held)}
    filled["moves_neighbours"] = not held.source.startswith(RESUMES) and (
        action is Action.CORRECT or withdraws(action, held)
    )
    if action is Action.CORRECT:
        filled |= {name: getattr(held, name) for name in EDITABLE[kind]}
        filled["first_day"] = civil_date(held.valid_from)
    return filled


def _asked_day(name: str) -> date | None:
    """A day of what is to be added that a link gives, such as that of a gap; none is no mistake."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _last_day(held: Any | None) -> Any:
    return civil_date(held.valid_to - INSTANT) if held is not None and held.valid_to else None

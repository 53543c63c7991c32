"""The forms of the steps of a clearance; fields are called as the domain's errors name them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.portable_profile import words
from app.transfers.forms import text_field
from app.widgets import CivilDateField, Radios, Select, SelectChoice, TextArea, stripped
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceEventKind
from profiles.organisations.service import OrganisationView
from profiles.temporal import civil_date

Fields = dict[str, Any]
_APPRAISED = _l("Left empty, the yearly appraisal of eSC, DV and eDV is due a year later.")


def vetting_form(
    fields: Fields, now: datetime, version: str = "", said: Mapping[str, Any] | None = None
) -> Any:
    """A form of these fields, with where the officer has it from, and why; days of today are filled in.

    ``said`` is what the record says now, where that is to be corrected.
    """
    made = fields | {
        "source": text_field(
            _l("Vetting authority and reference"),
            _l("Say who decided, and the reference"),
            description=_l(
                "For example, UKSV 2026/1234. Where nobody decided it, say where you have it from."
            ),
        ),
        "reason": _long_text(
            _l("Reason"), _l("Say why"), _l("It stays with the record. The person can read it.")
        ),
        "version": HiddenField(),
    }
    today = {name: civil_date(now) for name in ("first_day", "happened_at") if name in fields}
    form = cast(Any, type("VettingForm", (FlaskForm,), made))
    return form(data=today | {"version": version, **(said or {})})


def granted_fields(sponsors: Sequence[OrganisationView]) -> Fields:
    """A clearance that was granted, and who sponsors it."""
    return {
        "level": _select(_l("Level"), ((level.value, level.value) for level in ClearanceLevel)),
        "organisation": _one_of(_l("Who sponsors it?"), _l("Choose the sponsor"), sponsors),
        **decided_fields(),
        "first_day": _day(
            _l("For use in your organisation since"),
            _l("Enter the day"),
            _l("It may lie in the past, but not before the decision."),
        ),
    }


def applied_fields(sponsors: Sequence[OrganisationView]) -> Fields:
    """A clearance that is asked for, and by which sponsor."""
    return {
        "level": _select(_l("Level"), ((level.value, level.value) for level in ClearanceLevel)),
        "organisation": _one_of(_l("Who applies, as the sponsor?"), _l("Choose the sponsor"), sponsors),
        "first_day": _day(_l("Applied on"), _l("Enter the day of the application")),
    }


def decided_fields() -> Fields:
    """A decision of the vetting authority, and how long it is good for."""
    return {
        "decided_on": _day(_l("Decided on"), _l("Enter the day of the decision")),
        "expires_on": _day(
            _l("Usable through (optional)"),
            hint=_l("Leave it empty for as long as the level may last; enter a day for a shorter time."),
        ),
        "review_due_on": _day(_l("Review due on (optional)"), hint=_APPRAISED),
    }


def corrected_fields() -> Fields:
    """A decision as it should have been recorded."""
    return {
        "level": _select(_l("Level"), ((level.value, level.value) for level in ClearanceLevel)),
        **decided_fields(),
    }


def extended_fields() -> Fields:
    """A clearance that may be used for longer."""
    return {"until": _day(_l("Extended through"), _l("Enter the last day on which it may be used"))}


def shared_fields(organisations: Iterable[OrganisationView]) -> Fields:
    """Who may rely on it too, and when."""
    return {
        "organisation_id": _select(_l("Organisation"), ((str(one.id), one.name) for one in organisations)),
        "first_day": _day(_l("First day"), _l("Enter the first day")),
        "last_day": _day(_l("Last day (optional)"), hint=_l("For a loan, the last day of the loan.")),
    }


def caveat_fields(organisations: Iterable[OrganisationView]) -> Fields:
    """What is added to a clearance, or limits it."""
    return {
        "name": text_field(
            _l("Name"), _l("Enter the name of the caveat"), description=_l("For example, STRAP")
        ),
        "kind": _radios(_l("What does it do?"), words.caveat_kinds),
        "organisation_id": _select(
            _l("The one organisation (only for a caveat of that kind)"),
            ((str(one.id), one.name) for one in organisations),
            optional=True,
        ),
    }


def event_fields(kinds: Iterable[ClearanceEventKind]) -> Fields:
    """What happened to a clearance, and when the next review is due."""
    told = words.clearance_events()
    return {
        "kind": _radios(_l("What happened?"), lambda: {one: told[one] for one in kinds}),
        "happened_at": _day(_l("On"), _l("Enter the day")),
        "reference": text_field(_l("Reference of the report or file (optional)")),
        "review_due_on": _day(_l("Next review due on (optional)"), hint=_APPRAISED),
    }


def dispensed_fields(workplaces: Sequence[OrganisationView]) -> Fields:
    """Leave to start before a clearance is there."""
    return {
        "level": _select(
            _l("Level that is not there yet"), ((level.value, level.value) for level in ClearanceLevel)
        ),
        "organisation": _one_of(_l("Where do they start?"), _l("Choose where they start"), workplaces),
        "first_day": _day(_l("First day"), _l("Enter the first day")),
        "last_day": _day(_l("Last day"), _l("Enter the last day"), _l("It always ends.")),
        "mitigations": _long_text(
            _l("What is done meanwhile"),
            _l("Say what is done meanwhile"),
            _l("For example, escorted, and no access to the case system."),
        ),
    }


def _day(label: Any, needed: Any = None, hint: Any = "") -> CivilDateField:
    return CivilDateField(label, [InputRequired(needed) if needed else Optional()], description=hint)


def _select(label: Any, choices: Iterable[tuple[str, str]], *, optional: bool = False) -> SelectField:
    first = [SelectChoice("", _l("None") if optional else _l("Choose one"))]
    return SelectField(
        label,
        [Optional() if optional else InputRequired(_l("Choose one"))],
        widget=Select(),
        choices=[*first, *(SelectChoice(value, text) for value, text in choices)],
    )


def _one_of(label: Any, missing: Any, organisations: Sequence[OrganisationView]) -> RadioField:
    """Radios of organisations; the only one is chosen."""
    choices = [SelectChoice(str(one.id), one.name) for one in organisations]
    only = choices[0].value if len(choices) == 1 else None
    return RadioField(label, [InputRequired(missing)], widget=Radios(), choices=choices, default=only)


def _radios(label: Any, choices: Callable[[], Mapping[Any, str]]) -> RadioField:
    return RadioField(
        label,
        [InputRequired(_l("Choose one"))],
        widget=Radios(),
        choices=[SelectChoice(one.value, text) for one, text in choices().items()],
    )


def _long_text(label: Any, missing: Any, hint: Any) -> TextAreaField:
    longest = Length(max=500, message=_l("Use %(max)d characters or fewer"))
    validators = [DataRequired(missing), longest]
    return TextAreaField(label, validators, description=hint, widget=TextArea(), filters=[stripped])

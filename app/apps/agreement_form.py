"""The form with which an officer proposes what an app may be told, why and until when."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.transfers.presenting import in_words
from app.widgets import Checkboxes, CivilDateField, Radios, SelectChoice, TextInput, stripped
from profiles.apps.claims import Claim
from profiles.apps.models import Agreement, AgreementTerms, LawfulBasis
from profiles.apps.service import CLEARANCE_LEVELS
from profiles.clearances.levels import ClearanceLevel
from profiles.disclosure.claims import in_words as claims_in_words

BASES = {
    LawfulBasis.CONTRACT: _l("Contract: the person’s own, such as paying them"),
    LawfulBasis.LEGAL_OBLIGATION: _l("Legal obligation, such as tax or employment law"),
    LawfulBasis.PUBLIC_TASK: _l("Public task"),
}
FLAG, STOP = "flag", "stop"
LONGEST_MINUTES = 24 * 60
_TOO_LONG = _l("Use %(max)d characters or fewer")
_LEVELS_OF_RULES = _l("whether you meet the clearance that the app’s rules ask for")


def _line(label: Any, message: Any = None, longest: int = 500, **kwargs: Any) -> StringField:
    required = DataRequired(message) if message else Optional()
    validators = [required, Length(max=longest, message=_TOO_LONG)]
    return StringField(label, validators, widget=TextInput(), filters=[stripped], **kwargs)


class AgreementForm(FlaskForm):  # type: ignore[misc]
    """Every term of an agreement, its days, and why it is proposed."""

    purpose = _line(
        _l("What does the app need the data for?"),
        _l("Enter what the app needs the data for"),
        description=_l("People read it, so say it as “to …”. For example: to open your cases"),
    )
    lawful_basis = RadioField(
        _l("On which legal basis?"),
        [InputRequired(_l("Choose the legal basis"))],
        choices=[SelectChoice(one.value, text) for one, text in BASES.items()],
        widget=Radios(),
    )
    claims = SelectMultipleField(
        _l("What may the app be told?"),
        [InputRequired(_l("Choose what the app may be told"))],
        description=_l("In the words in which the person reads it. Choose no more than the app needs."),
        widget=Checkboxes(),
    )
    retention = _line(
        _l("How long does the app keep it?"), _l("Enter how long the app keeps it"), longest=200
    )
    contact = _line(_l("Whom can people ask about their data?"), _l("Enter whom people can ask"), longest=200)
    dpia_reference = _line(_l("Reference of the data protection impact assessment (optional)"), longest=200)
    suppliers = _line(
        _l("Which suppliers process the data? (optional)"),
        description=_l("If there are none, write None."),
    )
    acknowledge_within_minutes = IntegerField(
        _l("Within how many minutes must the app confirm that it ended old access?"),
        [
            InputRequired(_l("Enter a number of minutes")),
            NumberRange(1, LONGEST_MINUTES, _l("Enter from 1 to %(max)d minutes")),
        ],
        description=_l(
            "When somebody’s access ends, Lanyard tells the app at once, and again until it answers."
        ),
        widget=TextInput(),
    )
    when_overdue = RadioField(
        _l("What if it does not?"),
        [InputRequired(_l("Choose what happens"))],
        choices=[
            SelectChoice(FLAG, _l("It is shown as overdue")),
            SelectChoice(
                STOP, _l("It also gets no new tokens until it answers: nobody can sign in to it anew")
            ),
        ],
        widget=Radios(),
    )
    begins_on = CivilDateField(
        _l("First day"), [InputRequired(_l("Enter the first day"))], description=_l("It may be today.")
    )
    ends_on = CivilDateField(_l("Last day"), [InputRequired(_l("Enter the last day"))])
    reason = _line(
        _l("Why do you propose it?"),
        _l("Enter the reason"),
        description=_l("The other officer and auditors read it."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.claims.choices = [SelectChoice(one, _words(one)) for one in _claims()]

    def terms(self) -> AgreementTerms:
        """What was filled in."""
        names = ("purpose", "claims", "retention", "contact", "dpia_reference", "suppliers")
        return AgreementTerms(
            **{name: self.data[name] for name in names},
            lawful_basis=LawfulBasis(self.data["lawful_basis"]),
            acknowledge_within_seconds=self.data["acknowledge_within_minutes"] * 60,
            stop_tokens_when_overdue=self.data["when_overdue"] == STOP,
        )


def begin_with(present: Agreement | None, contact: str, begins_on: date) -> dict[str, Any]:
    """What the form begins with: the present terms, or what is known of the app."""
    begin: dict[str, Any] = {"begins_on": begins_on}
    if present is None:
        return begin | {"contact": contact, "acknowledge_within_minutes": 1, "when_overdue": FLAG}
    return (
        begin
        | present.model_dump(include=set(AgreementTerms.model_fields))
        | {"lawful_basis": present.lawful_basis.value}
        | {"acknowledge_within_minutes": max(1, present.acknowledge_within_seconds // 60)}
        | {"when_overdue": STOP if present.stop_tokens_when_overdue else FLAG}
    )


def _claims() -> list[str]:
    """Every claim that an agreement may name, in the order in which a person would tell it."""
    levels = [
        f"{Claim.MEETS_CLEARANCE}:{one.value}" for one in ClearanceLevel if one.value in CLEARANCE_LEVELS
    ]
    plain = [one.value for one in Claim]
    after = plain.index(Claim.MEETS_CLEARANCE) + 1
    return [*plain[:after], *levels, *plain[after:]]


def _words(claim: str) -> str:
    said = claims_in_words([claim])
    return f"{in_words(said[0]) if said else _LEVELS_OF_RULES} ({claim})"

"""The form with which an administrator proposes how people of an organisation may sign in."""

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from app.widgets import Checkboxes, CivilDateField, Radios, SelectChoice, TextArea, TextInput, stripped
from identity.acr import MULTI_FACTOR, PHISHING_RESISTANT, PHISHING_RESISTANT_HARDWARE, SINGLE_FACTOR
from identity.sign_in_policy.service import read_aaguids
from profiles.sign_in.models import Attestation, Method, PolicyTerms, SignInPolicy

LEVELS = {
    SINGLE_FACTOR: _l("One factor, such as a password"),
    MULTI_FACTOR: _l("Two factors, such as a password and a code"),
    PHISHING_RESISTANT: _l("Phishing-resistant: a passkey"),
    PHISHING_RESISTANT_HARDWARE: _l("Phishing-resistant and hardware: a passkey on an attested security key"),
}
METHODS = {
    Method.PASSWORD: _l("A password alone"),
    Method.PASSWORD_AND_CODE: _l("A password and a code from an app, or a recovery code"),
    Method.DEPARTMENT: _l("The account at your department’s own provider"),
}
LONGEST_REASON = 500


class PolicyForm(FlaskForm):  # type: ignore[misc]
    """Every term of a policy, from when it is to hold, and why."""

    methods = SelectMultipleField(
        _l("What do you accept beside a passkey?"),
        description=_l("Passkeys are always accepted: people take them along when they move."),
        choices=[SelectChoice(*one) for one in METHODS.items()],
        widget=Checkboxes(),
    )
    least_level = RadioField(
        _l("How strong must every sign-in be?"),
        [InputRequired(_l("Choose how strong every sign-in must be"))],
        choices=[SelectChoice(*one) for one in LEVELS.items()],
        widget=Radios(),
    )
    officer_level = RadioField(
        _l("And those of HR, security officers and administrators?"),
        [InputRequired(_l("Choose how strong their sign-ins must be"))],
        choices=[SelectChoice(*one) for one in LEVELS.items()],
        widget=Radios(),
    )
    attestation = RadioField(
        _l("Must a passkey prove that it stays on a security key?"),
        [InputRequired(_l("Choose whether passkeys must prove it"))],
        choices=[
            SelectChoice(
                Attestation.NONE.value, _l("No: any passkey, also one that a password manager copies")
            ),
            SelectChoice(
                Attestation.HARDWARE.value, _l("Yes: only security keys of makers that the platform trusts")
            ),
        ],
        default=Attestation.NONE.value,
        widget=Radios(),
    )
    accepted_aaguids = TextAreaField(
        _l("Which models of security keys? (optional)"),
        [Length(max=4000, message=_l("Enter fewer models"))],
        description=_l("Their AAGUIDs, one to a line. Empty: every model of a trusted maker."),
        widget=TextArea(),
    )
    idle_minutes = IntegerField(
        _l("After how many minutes without use does a session end? (optional)"),
        [Optional()],
        widget=TextInput(),
    )
    absolute_minutes = IntegerField(
        _l("After how many minutes in any case? (optional)"),
        [Optional()],
        description=_l("Empty: as the platform has it. You can only make both shorter."),
        widget=TextInput(),
    )
    set_up_days = IntegerField(
        _l("For how many days may people set up something else by themselves?"),
        [InputRequired(_l("Enter a number of days"))],
        description=_l(
            "Whoever has only what you do not accept any more can sign in to set up what you do, and for "
            "nothing else. After these days they need HR."
        ),
        default=30,
        widget=TextInput(),
    )
    begins_on = CivilDateField(
        _l("From which day?"), [InputRequired(_l("Enter the day from which it holds"))]
    )
    reason = StringField(
        _l("Why?"),
        [DataRequired(_l("Enter the reason")), Length(max=LONGEST_REASON)],
        description=_l("The other administrator and auditors read it."),
        widget=TextInput(),
        filters=[stripped],
    )

    def __init__(self, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._today = today

    def validate_begins_on(self, field: CivilDateField) -> None:
        """A policy changes nothing that was."""
        if field.data and field.data < self._today:
            raise ValidationError(gettext("The day must be today or later"))

    def terms(self) -> PolicyTerms:
        """What was filled in, as the terms of a policy."""
        return PolicyTerms(
            methods=[one.value for one in Method if one.value in {*self.data["methods"], Method.PASSKEY}],
            least_level=self.data["least_level"],
            officer_level=self.data["officer_level"],
            attestation=Attestation(self.data["attestation"]),
            accepted_aaguids=read_aaguids(self.data["accepted_aaguids"] or ""),
            idle_minutes=self.data["idle_minutes"],
            absolute_minutes=self.data["absolute_minutes"],
            set_up_days=self.data["set_up_days"],
        )


def as_it_is(
    policy: SignInPolicy | None, officer_level: str, least_level: str, today: date
) -> dict[str, Any]:
    """What the form begins with: the present policy, or the platform's rules."""
    begin: dict[str, Any] = {"begins_on": today}
    if policy is None:
        return begin | {
            "methods": [one.value for one in METHODS],
            "least_level": least_level,
            "officer_level": officer_level,
        }
    same = ("methods", "least_level", "officer_level", "idle_minutes", "absolute_minutes", "set_up_days")
    begin |= {name: getattr(policy, name) for name in same}
    return begin | {
        "attestation": policy.attestation.value,
        "accepted_aaguids": "\n".join(policy.accepted_aaguids),
    }

"""The forms of clients. Fields have the names of RFC 7591, as ``InvalidClientMetadata`` uses them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

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
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from app.apps.kinds import choices
from app.widgets import Checkbox, Radios, Select, SelectChoice, TextArea, TextInput, stripped
from identity.clients.client_keys import check_jwks
from identity.clients.errors import InvalidClientMetadata
from identity.clients.metadata import (
    CLIENT_SECRET_BASIC,
    CLIENT_SECRET_POST,
    MAX_NAME_CHARACTERS,
    MOST_URIS,
    PRIVATE_KEY_JWT,
)
from identity.clients.uris import MAX_CHARACTERS, WEB, check_redirect_uri, check_uri

MOST_SHOWN = 3
MOST_CHARACTERS = 64 * 1024
MAX_PASTED = 8000


def lines_of(text: str | None) -> tuple[str, ...]:
    """The lines that are not empty, each once, without blanks around them."""
    return tuple(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))


class KindForm(FlaskForm):  # type: ignore[misc]
    """What runs the client, and what people call it."""

    kind = RadioField(
        _l("What kind of app is it?"),
        [InputRequired(_l("Choose what kind of app it is"))],
        widget=Radios(),
    )
    client_name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Enter a name")),
            Length(max=MAX_NAME_CHARACTERS, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("People see it when they sign in. Say which one it is, such as “Casework test”."),
        widget=TextInput(),
        filters=[stripped],
    )

    refreshes = BooleanField(
        _l("The app needs refresh tokens"),
        description=_l(
            "With them it works on while nobody is at the browser. They end with the person’s access."
        ),
        widget=Checkbox(),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = [SelectChoice(one.kind.value, one.text) for one in choices()]

    def validate_client_name(self, field: Field) -> None:
        """A name is of letters that can be seen."""
        if not field.data.isprintable():
            raise ValidationError(gettext("The name must be one line of ordinary characters"))


class AddressesForm(FlaskForm):  # type: ignore[misc]
    """Where people and messages are sent. What may be registered depends on the kind of app."""

    redirect_uris = TextAreaField(
        _l("Redirect URIs"),
        [DataRequired(_l("Enter at least one redirect URI"))],
        description=_l("Where people come back to after signing in. One to a line, as the app sends it."),
        widget=TextArea(),
    )
    post_logout_redirect_uris = TextAreaField(
        _l("Addresses after signing out (optional)"),
        [Optional()],
        description=_l("Where people may come back to after signing out. One to a line."),
        widget=TextArea(),
    )
    backchannel_logout_uri = StringField(
        _l("Back-channel logout URI (optional)"),
        [Optional()],
        description=_l("Where Lanyard tells the app that somebody’s session or access has ended."),
        widget=TextInput(),
        filters=[stripped],
    )

    def __init__(self, *, application_type: str = WEB, development: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._application_type, self._development = application_type, development

    def validate_redirect_uris(self, field: Field) -> None:
        """Every line is an address that may be registered."""
        self._check_lines(field)

    def validate_post_logout_redirect_uris(self, field: Field) -> None:
        """Every line is an address that may be registered."""
        self._check_lines(field)

    def validate_backchannel_logout_uri(self, field: Field) -> None:
        """One address that we may call."""
        try:
            check_uri(field.data, field.name, development=self._development)
        except InvalidClientMetadata as refusal:
            raise ValidationError(refusal.reason) from None

    def _check_lines(self, field: Field) -> None:
        lines = (field.data or "").splitlines()
        if len(lines_of(field.data)) > MOST_URIS or len(field.data or "") > MOST_URIS * MAX_CHARACTERS:
            raise ValidationError(gettext("Enter %(most)d addresses or fewer", most=MOST_URIS))
        faults = []
        for number, line in enumerate(lines, start=1):
            if fault := self._fault_of(line.strip(), field.name):
                faults.append(gettext("Line %(number)d: %(fault)s.", number=number, fault=fault))
        if faults:
            raise ValidationError(" ".join(faults[:MOST_SHOWN]))

    def _fault_of(self, uri: str, field: str) -> str | None:
        if not uri:
            return None
        try:
            check_redirect_uri(
                uri, field, development=self._development, application_type=self._application_type
            )
        except InvalidClientMetadata as refusal:
            return refusal.reason
        return None


class AuthenticationForm(FlaskForm):  # type: ignore[misc]
    """How a client that can keep something to itself proves who it is."""

    token_endpoint_auth_method = RadioField(
        _l("How does the app prove who it is?"),
        [InputRequired(_l("Choose how the app proves who it is"))],
        widget=Radios(),
    )
    jwks_uri = StringField(
        _l("Address of its public keys"),
        [Optional()],
        description=_l("Only for an app with its own key. An https address with a JWK set (jwks_uri)."),
        widget=TextInput(),
        filters=[stripped],
    )
    jwks = TextAreaField(
        _l("Or the public keys themselves"),
        [Optional()],
        description=_l('Only for an app with its own key. Paste a JWK set, such as {"keys": [ … ]}.'),
        widget=TextArea(),
        filters=[stripped],
    )

    def __init__(self, *, development: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._development = development
        self.token_endpoint_auth_method.choices = [
            SelectChoice(
                CLIENT_SECRET_BASIC,
                gettext("With a secret, in the Authorization header (client_secret_basic)"),
            ),
            SelectChoice(
                CLIENT_SECRET_POST,
                gettext("With a secret, in the body of its requests (client_secret_post)"),
            ),
            SelectChoice(
                PRIVATE_KEY_JWT,
                gettext("With its own key: Lanyard knows only the public part (private_key_jwt)"),
            ),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Keys are asked for where they are needed, and nowhere else."""
        if not super().validate(extra_validators):
            return False
        if self.token_endpoint_auth_method.data != PRIVATE_KEY_JWT:
            return True
        if bool(self.jwks_uri.data) == bool(self.jwks.data):
            self.jwks_uri.errors = [
                gettext("Enter the address of the keys or paste them, not both")
                if self.jwks.data
                else gettext("Enter the address of its public keys, or paste them")
            ]
            return False
        return self._check(self.jwks_uri) and self._check(self.jwks)

    def keys(self) -> Any:
        """The pasted key set, once the form is valid; None where there is none."""
        pasted = self.jwks.data if self.token_endpoint_auth_method.data == PRIVATE_KEY_JWT else ""
        return json.loads(pasted) if pasted else None

    def jwks_address(self) -> str | None:
        """Where the keys are published, once the form is valid; None where they are not."""
        return self.jwks_uri.data or None if self.token_endpoint_auth_method.data == PRIVATE_KEY_JWT else None

    def _check(self, field: Field) -> bool:
        try:
            if field.data and field is self.jwks_uri:
                check_uri(field.data, field.name, development=self._development)
            elif field.data:
                check_jwks(_json(field.data))
        except InvalidClientMetadata as refusal:
            field.errors = [gettext("The keys cannot be used: %(reason)s", reason=refusal.reason)]
            return False
        return True


class RotationForm(FlaskForm):  # type: ignore[misc]
    """For how long the older secrets stay good; ``seen`` says which had been made then."""

    seen = HiddenField()
    overlap = RadioField(
        _l("How long do the older secrets stay good?"),
        [InputRequired(_l("Choose how long the older secrets stay good"))],
        description=_l("The app needs time to change to the new one. Both are good meanwhile."),
        widget=Radios(),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.overlap.choices = [
            SelectChoice("24", gettext("24 hours")),
            SelectChoice("168", gettext("7 days")),
            SelectChoice("0", gettext("They end now, because one has leaked")),
        ]


class TrialForm(FlaskForm):  # type: ignore[misc]
    """Something that the app sends, to be judged, and the redirect URI that the example is for."""

    pasted = TextAreaField(
        _l("What your app sends"),
        [Optional(), Length(max=MAX_PASTED, message=_l("Use %(max)d characters or fewer"))],
        description=_l("A redirect URI, or the whole address at Lanyard to which your app sends people."),
        widget=TextArea(),
        filters=[stripped],
    )
    redirect_uri = SelectField(_l("Redirect URI of the example below"), [Optional()], widget=Select())

    def __init__(self, redirect_uris: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._first = redirect_uris[0]
        self.redirect_uri.choices = [SelectChoice(uri) for uri in redirect_uris]
        if len(redirect_uris) == 1:
            del self.redirect_uri

    @property
    def chosen(self) -> str:
        """The redirect URI that was chosen, else the first."""
        field = self._fields.get("redirect_uri")
        return str(field.data) if field is not None and field.data and not field.errors else self._first


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """A form of one button."""


def show_fault(form: Form, refusal: InvalidClientMetadata) -> None:
    """Say what the registration refused, at the field it names or above the form."""
    if refusal.field in form:
        form[refusal.field].errors = [refusal.reason]
    else:
        form.form_errors = [*form.form_errors, str(refusal)]


def carried(forms: Iterable[Form]) -> list[tuple[str, str]]:
    """What was typed, for the next step to hold."""
    return [(field.name, field.data or "") for form in forms for field in form if field.name != "csrf_token"]


def _json(text: str) -> Any:
    if len(text) > MOST_CHARACTERS:
        raise InvalidClientMetadata("jwks", f"they may be {MOST_CHARACTERS} characters long")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidClientMetadata("jwks", "this is not JSON") from None

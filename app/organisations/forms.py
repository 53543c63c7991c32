"""The form that describes an organisation's own OpenID provider."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from app.widgets import PasswordInput, Radios, Select, SelectChoice, TextArea, TextInput, stripped
from identity.acr import LADDER
from identity.clients.metadata import CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, PRIVATE_KEY_JWT

MOST_LINES = 30


class ProviderForm(FlaskForm):  # type: ignore[misc]
    """What Lanyard must know to ask the provider, and what its words mean here."""

    organisation_id = SelectField(_l("Organisation"), widget=Select())
    name = StringField(
        _l("What people call this account"),
        [DataRequired(_l("Enter what people call this account")), Length(max=80)],
        description=_l("It is on the button that people press, such as “HMRC account”."),
        widget=TextInput(),
        filters=[stripped],
    )
    issuer = StringField(
        _l("Issuer"),
        [DataRequired(_l("Enter the issuer")), Length(max=500)],
        description=_l(
            "As the provider’s discovery document has it, for example https://login.example.gov.uk"
        ),
        widget=TextInput(),
        filters=[stripped],
    )
    client_id = StringField(
        _l("Client id"),
        [Length(max=255)],
        description=_l(
            "What the provider knows Lanyard by. Leave it empty where Lanyard may register itself, "
            "with its own key."
        ),
        widget=TextInput(),
        filters=[stripped],
    )
    registration_token = PasswordField(
        _l("Token for registering (optional)"),
        [Length(max=4000)],
        description=_l("If the provider wants one of clients that register themselves. It is not kept."),
        widget=PasswordInput(),
        filters=[stripped],
    )
    token_endpoint_auth_method = RadioField(
        _l("How does Lanyard prove itself there?"),
        [InputRequired(_l("Choose how Lanyard proves itself"))],
        choices=[
            SelectChoice(PRIVATE_KEY_JWT, _l("With its own key: nothing secret is exchanged")),
            SelectChoice(CLIENT_SECRET_BASIC, _l("With a client secret, in a header")),
            SelectChoice(CLIENT_SECRET_POST, _l("With a client secret, in the form")),
        ],
        widget=Radios(),
    )
    client_secret = PasswordField(
        _l("Client secret"),
        [Optional(), Length(max=1000)],
        description=_l("Only if you chose a secret. It is kept encrypted and is never shown again."),
        widget=PasswordInput(),
    )
    subject_claim = RadioField(
        _l("Which claim names an account for ever?"),
        [InputRequired(_l("Choose the claim"))],
        choices=[
            SelectChoice("sub", _l("sub: most providers")),
            SelectChoice("oid", _l("oid: Microsoft Entra ID")),
        ],
        default="sub",
        widget=Radios(),
    )
    tenant = StringField(
        _l("Tenant (Microsoft Entra ID only)"),
        [Length(max=80)],
        description=_l("The tenant’s id. Accounts of any other tenant are refused."),
        widget=TextInput(),
        filters=[stripped],
    )
    scope = StringField(
        _l("Scopes to ask for"),
        [Length(max=200)],
        description=_l("openid, and what the claims need: openid profile at Microsoft Entra ID."),
        default="openid",
        widget=TextInput(),
        filters=[stripped],
    )
    realm_claim = StringField(
        _l("Claim that tells your accounts from other organisations’ (if others use this issuer)"),
        [Length(max=100)],
        description=_l("Such as hd at Google. Leave it empty if every account there is one of yours."),
        widget=TextInput(),
        filters=[stripped],
    )
    realm_value = StringField(
        _l("What it says of your accounts"),
        [Length(max=150)],
        description=_l("Exactly, such as example.gov.uk. Every other account is refused."),
        widget=TextInput(),
        filters=[stripped],
    )
    levels = TextAreaField(
        _l("What its words mean (optional)"),
        [Optional()],
        description=_l(
            "One to a line: acr or amr, the provider’s word, and our level, such as "
            "“amr mfa urn:lanyard:acr:mfa”. Whatever is not here counts as one factor."
        ),
        widget=TextArea(),
    )

    def validate_client_id(self, field: Field) -> None:
        """With a secret it must be said: only with its own key does Lanyard register itself."""
        if not field.data and self.token_endpoint_auth_method.data != PRIVATE_KEY_JWT:
            raise ValidationError(gettext("Enter the client id"))

    def validate_tenant(self, field: Field) -> None:
        """With ``oid`` the tenant must be said: an object id is unique in its tenant only."""
        if self.subject_claim.data == "oid" and not field.data:
            raise ValidationError(gettext("Enter the tenant’s id"))

    def validate_levels(self, field: Field) -> None:
        """Every line has three words, the last of which is a level of ours."""
        lines = _lines(field.data)
        if len(lines) > MOST_LINES:
            raise ValidationError(gettext("Enter %(most)d lines or fewer", most=MOST_LINES))
        for number, line in enumerate(lines, start=1):
            words = line.split()
            if len(words) != 3 or words[0] not in {"acr", "amr"} or words[2] not in LADDER:
                raise ValidationError(
                    gettext(
                        "Line %(number)d must be acr or amr, the provider’s word, and one of %(levels)s",
                        number=number,
                        levels=", ".join(LADDER),
                    )
                )

    def levels_of(self, kind: str) -> dict[str, str]:
        """What the provider's ``acr`` or ``amr`` values mean."""
        words = [line.split() for line in _lines(self.levels.data)]
        return {word: level for of, word, level in words if of == kind}


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """Nothing but the button."""


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]

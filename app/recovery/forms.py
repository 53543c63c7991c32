"""The forms of recovery. Nothing personal is typed: how somebody was checked is chosen from a list."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from app.widgets import Radios, SelectChoice, TextInput, stripped
from identity.recovery.models import IdentityCheck

CHECKS = {
    IdentityCheck.MET_WITH_DOCUMENT: _l("I met them, and compared them with their pass or passport"),
    IdentityCheck.VIDEO_WITH_DOCUMENT: _l(
        "I saw them on a video call, and compared them with the photo that we hold of them"
    ),
    IdentityCheck.CALLED_BACK: _l("I called them back, at a number that we held before they rang"),
    IdentityCheck.MANAGER_VOUCHED: _l(
        "I met their line manager, or called at a number that we hold; they have seen the person and vouch "
        "for them"
    ),
}


class CheckForm(FlaskForm):  # type: ignore[misc]
    """How the officer made sure of who asks."""

    check = RadioField(
        _l("How did you check who they are?"),
        [InputRequired(_l("Choose how you checked who they are"))],
        choices=[SelectChoice(check.value, words) for check, words in CHECKS.items()],
        widget=Radios(),
    )

    @property
    def chosen(self) -> IdentityCheck:
        """What was chosen, once the form is valid."""
        return IdentityCheck(self.check.data)


class CodesForm(FlaskForm):  # type: ignore[misc]
    """The two codes, in any order."""

    first = StringField(
        _l("Code from one officer"),
        [InputRequired(_l("Enter the code from one officer")), Length(max=64, message=_l("Enter the code"))],
        description=_l("16 letters and numbers, like 7K3M-XXXX-XXXX-XXXX."),
        widget=TextInput(),
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    second = StringField(
        _l("Code from the other officer"),
        [
            InputRequired(_l("Enter the code from the other officer")),
            Length(max=64, message=_l("Enter the code")),
        ],
        widget=TextInput(),
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )


class AddressForm(FlaskForm):  # type: ignore[misc]
    """A work address, of which only the domain is looked at."""

    address = EmailField(
        _l("Work e-mail address"),
        [
            InputRequired(_l("Enter your work e-mail address")),
            Length(max=254, message=_l("Enter a shorter address")),
        ],
        description=_l("We look only at what comes after the @."),
        widget=TextInput(),
        filters=[stripped],
    )

"""The forms of signing in. Their ids are stable: programs that test providers fill them in."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from identity.sign_in.passwords import LONGEST, SHORTEST, Weakness, find_weakness


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Address and password, with the words that password managers look for."""

    address = StringField(
        _l("E-mail address"),
        [
            InputRequired(_l("Enter your work e-mail address")),
            Length(max=254, message=_l("Enter a shorter address")),
        ],
        id="address",
    )
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password"))], id="password")


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """The password alone, of the person who is signed in."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password"))], id="password")


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A one-time code, or a recovery code."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter the code")), Length(max=64, message=_l("Enter the code"))],
        id="code",
    )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What ``passkeys.js`` fills in: the browser's answer to the challenge of the note."""

    note = HiddenField()
    answer = HiddenField()


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A password that is to be set; ``addresses`` are the person's own, which are easily guessed."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Enter a password"))], id="password")

    def __init__(self, addresses: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._addresses = addresses

    def validate_password(self, field: PasswordField) -> None:
        """Raise ValidationError with what is wrong with the password, in plain English."""
        match find_weakness(field.data or "", self._addresses):
            case None:
                return
            case Weakness.TOO_SHORT:
                text = gettext("Password must be %(count)s characters or more", count=SHORTEST)
            case Weakness.TOO_LONG:
                text = gettext("Password must be %(count)s characters or fewer", count=LONGEST)
            case Weakness.COMMON:
                text = gettext("Password is too easy to guess. Three random words make a good one")
            case Weakness.OWN_ADDRESS:
                text = gettext("Password must not be made of your e-mail address")
        raise ValidationError(text)

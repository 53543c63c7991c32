"""How the sign-in pages say that somebody must wait: after too many attempts, or while it is busy."""

from collections.abc import Callable

from flask_babel import gettext, ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from identity.context import current
from identity.sign_in.hashing_turns import RETRY_SECONDS
from identity.sign_in.throttling import Wait


def say_how_long(wait: Wait, form: FlaskForm, show: Callable[[], Response]) -> Response:
    """The page with its form, which says how long to wait; programs read it in a header (RFC 6585 §4)."""
    now = current().now()
    minutes = wait.minutes(now)
    form.form_errors.append(
        ngettext(
            "There were too many attempts. Wait %(num)s minute, then try again",
            "There were too many attempts. Wait %(num)s minutes, then try again",
            minutes,
        )
    )
    response = show()
    response.headers["Retry-After"] = str(max(1, round((wait.until - now).total_seconds())))
    return response


def say_busy(form: FlaskForm, show: Callable[[], Response]) -> Response:
    """The page with its form, which says that no password is looked at just now (RFC 9110 §15.6.4)."""
    form.form_errors.append(
        gettext("Lanyard is busy and has not looked at your password. Wait a few seconds, then try again")
    )
    response = show()
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response

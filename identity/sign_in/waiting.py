"""How the sign-in pages say that there were too many attempts."""

from collections.abc import Callable

from flask_babel import ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from identity.context import current
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

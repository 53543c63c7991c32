"""The cookie by which a browser is known to the people who have signed in there."""

from flask import request
from werkzeug.wrappers import Response

from identity.context import current
from identity.sessions.cookie import cookie_name
from identity.sign_in.known_browsers import KNOWN_FOR


def browser_cookie() -> str:
    """What this browser sent, unchecked; empty when it sent nothing."""
    return request.cookies.get(_name(), "")


def give_browser_cookie(response: Response, value: str) -> None:
    """Let the browser keep it beyond signing out; no script and no other site can use it."""
    https = current().settings.https
    response.set_cookie(
        _name(), value, max_age=KNOWN_FOR, path="/", secure=https, httponly=True, samesite="Lax"
    )


def _name() -> str:
    return cookie_name("known", https=current().settings.https)

"""What a browser remembers for signing in through a department: a number of its own, and the department."""

import secrets
from datetime import timedelta
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from identity.context import current
from identity.sessions.cookie import cookie_name

REMEMBERED_FOR = timedelta(days=365)


def browser_number() -> str:
    """The random number that this browser sent, unchecked; empty when it sent none."""
    return request.cookies.get(_name("browser"), "")


def give_browser_number(response: Response, number: str) -> None:
    """Let the browser keep its number until it is closed: attempts come back to it alone."""
    _set(response, "browser", number, None)


def new_browser_number() -> str:
    """A number that nobody can guess."""
    return secrets.token_urlsafe(32)


def remembered_provider() -> UUID | None:
    """Through which provider somebody signed in here last; only a wish of the browser's."""
    try:
        return UUID(request.cookies.get(_name("department"), ""))
    except ValueError:
        return None


def remember_provider(response: Response, provider_id: UUID) -> None:
    """Offer this provider first on this device."""
    _set(response, "department", str(provider_id), REMEMBERED_FOR)


def forget_provider(response: Response) -> None:
    """Remember no provider on this device any more."""
    https = current().settings.https
    response.delete_cookie(_name("department"), path="/", secure=https, httponly=True, samesite="Lax")


def _set(response: Response, what: str, value: str, max_age: timedelta | None) -> None:
    https = current().settings.https
    response.set_cookie(
        _name(what), value, max_age=max_age, path="/", secure=https, httponly=True, samesite="Lax"
    )


def _name(what: str) -> str:
    return cookie_name(what, https=current().settings.https)

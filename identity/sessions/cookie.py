"""The cookie that holds a login session's token, and who it says is signed in."""

from contextlib import nullcontext

from flask import Request, g, request
from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.context import current
from identity.sessions.service import Limits, SignedIn, find_signed_in


def cookie_name(what: str = "session", *, https: bool) -> str:
    """Over TLS the ``__Host-`` prefix keeps other hosts from setting it (RFC 6265bis §4.1.3.2)."""
    return f"__Host-lanyard_{what}" if https else f"lanyard_{what}"


def cookie_token(request: Request) -> str:
    """The token that the browser sent, unchecked; empty when it sent none."""
    return request.cookies.get(cookie_name(https=current().settings.https), "")


def give_cookie(response: Response, token: str) -> None:
    """Let the browser keep a session's token until it is closed; no script and no other site can use it."""
    https = current().settings.https
    response.set_cookie(
        cookie_name(https=https), token, path="/", secure=https, httponly=True, samesite="Lax"
    )


def forget_cookie(response: Response) -> None:
    """Let the browser drop the cookie."""
    https = current().settings.https
    response.delete_cookie(cookie_name(https=https), path="/", secure=https, httponly=True, samesite="Lax")


def signed_in_now(reading: Session | None = None) -> SignedIn | None:
    """Who is signed in as this request began; looked up once a request, outside its own transaction.

    ``reading`` is a session that only reads, where the caller has one open.
    """
    if "login_session" not in g:
        token, context = cookie_token(request), current()
        if not token:
            g.login_session = None
        else:
            with nullcontext(reading) if reading is not None else context.reading() as session:
                g.login_session = _still_vouched(session, find_signed_in(session, token, context.now()))
    found: SignedIn | None = g.login_session
    return found


def _still_vouched(session: Session, found: SignedIn | None) -> SignedIn | None:
    """A session that a department opened is good only as long as the department may speak for the person."""
    if found is None or found.upstream_link_id is None:
        return found
    context = current()
    return found if context.still_vouched(session, found.upstream_link_id, context.now()) else None


def session_limits() -> Limits:
    """How long sessions live, from the settings."""
    settings = current().settings
    return Limits(idle=settings.session_idle, absolute=settings.session_absolute)

"""The cookie that holds a login session's token, and who it says is signed in."""

from contextlib import nullcontext
from dataclasses import replace
from uuid import UUID

from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.context import current
from identity.exchange import current_exchange, kept
from identity.sessions.service import Limits, SignedIn, find_signed_in
from identity.sign_in_policy.policy import Proof, method_of
from identity.sign_in_policy.service import of_person


def cookie_name(what: str = "session", *, https: bool) -> str:
    """Over TLS the ``__Host-`` prefix keeps other hosts from setting it (RFC 6265bis §4.1.3.2)."""
    return f"__Host-lanyard_{what}" if https else f"lanyard_{what}"


def cookie_token() -> str:
    """The token that the browser sent, unchecked; empty when it sent none."""
    return current_exchange().cookie(cookie_name(https=current().settings.https))


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
    known = kept()
    if "login_session" not in known:
        token, context = cookie_token(), current()
        if not token:
            known["login_session"] = None
        else:
            with nullcontext(reading) if reading is not None else context.reading() as session:
                found_now = find_signed_in(session, token, context.now())
                known["login_session"] = _as_it_stands(session, found_now)
    found: SignedIn | None = known["login_session"]
    return found


def session_limits(session: Session, person_id: UUID) -> Limits:
    """How long the person's sessions live now."""
    context = current()
    return of_person(session, person_id, context.now(), context.settings.platform).policy.limits


def _as_it_stands(session: Session, found: SignedIn | None) -> SignedIn | None:
    """A session is judged anew at each use, by what holds for its person at that moment.

    It is over for whoever may not sign in any more, past the limits of now, and, when a department opened
    it, once that may not speak for the person. When it is not as strong as is asked, it is limited.
    """
    if found is None:
        return None
    context, now = current(), current().now()
    person = of_person(session, found.person_id, now, context.settings.platform)
    if not person.standing.may_sign_in or found.is_over(now, person.policy.limits):
        return None
    vouched = found.upstream_link_id is not None
    if found.upstream_link_id is not None and not context.still_vouched(session, found.upstream_link_id, now):
        return None
    proof = Proof(method_of(found.amr, vouched=vouched), found.acr, found.aaguid)
    return found if person.policy.met_by(proof) else replace(found, is_limited=True)

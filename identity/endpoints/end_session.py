"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import make_response, redirect, render_template, request, url_for
from flask import session as form_session
from sqlalchemy import select
from sqlmodel import col
from werkzeug.wrappers import Response

from identity.authorization_server import token_issuer
from identity.clients.authentication import is_client_id
from identity.clients.registry import RegisteredClient
from identity.context import Context, current
from identity.endpoints import error_notes
from identity.errors import IdentityError
from identity.form_redirects import allow_form_redirect
from identity.keys.errors import InvalidJWT
from identity.keys.jwt import SignedClaims
from identity.parameters import Parameters
from identity.sessions.cookie import cookie_token, forget_cookie, signed_in_now
from identity.sessions.models import SessionClient
from identity.sessions.service import SignedIn, end
from profiles.roles.permissions import public


class InvalidLogoutRequest(IdentityError):
    """Something in the request is not to be believed, so nothing is done and nobody is redirected.

    The text is safe to show to the client's owner, if the client is known.
    """

    def __init__(self, reason: str, client: RegisteredClient | None = None) -> None:
        super().__init__(reason)
        self.client = client


@dataclass(frozen=True)
class LogoutRequest:
    """A request that is in order. ``return_href`` is there only with a valid hint (§3)."""

    hint: SignedClaims | None
    client: RegisteredClient | None
    return_href: str | None


@public
def end_session() -> Response:
    """End the login session; a client that shows no valid hint of it makes us ask the person first (§2).

    A request posted from another site comes without the session's cookie: it is asked again by GET.
    """
    posted = request.form.items(multi=True) if request.method == "POST" else ()
    parameters = Parameters([*request.args.items(multi=True), *posted])
    if request.method == "POST" and not cookie_token() and not parameters.too_large:
        return redirect(_address("protocol.end_session", parameters.pairs), 303)
    try:
        asked = _read(current(), parameters)
    except InvalidLogoutRequest as refusal:
        error_notes.note("invalid_request", str(refusal), refusal.client)
        return make_response(render_template("end_session/invalid.html"), 400)
    signed_in = signed_in_now()
    if signed_in is not None and not _is_hint_of(current(), asked.hint, signed_in):
        if asked.return_href is not None:
            allow_form_redirect(asked.return_href)
        page = render_template(
            "end_session/confirm.html",
            client_name=asked.client.client_name if asked.client else None,
            action=_address("protocol.confirm_end_session", parameters.pairs),
        )
        return make_response(page)
    return _end(signed_in, asked)


@public
def confirm_end_session() -> Response:
    """The person has confirmed."""
    try:
        asked = _read(current(), Parameters(request.args.items(multi=True)))
    except InvalidLogoutRequest:
        return make_response(render_template("end_session/invalid.html"), 400)
    return _end(signed_in_now(), asked)


def _end(signed_in: SignedIn | None, asked: LogoutRequest) -> Response:
    """The whole session ends, here and at every app, which the outbox tells."""
    if signed_in is not None:
        context = current()
        end(context.session(writes=True), signed_in.session_id, context.now(), "Signed out from an app")
    form_session.clear()
    response = make_response(redirect(asked.return_href or url_for("sign_in.signed_out"), 303))
    forget_cookie(response)
    return response


def _read(context: Context, parameters: Parameters) -> LogoutRequest:
    if parameters.repeated or parameters.too_large:
        raise InvalidLogoutRequest("a parameter is repeated, or there is too much")
    hint = _hint(context, parameters.find("id_token_hint"))
    client = _client(context, parameters.find("client_id"), hint)
    return_uri = parameters.find("post_logout_redirect_uri")
    if hint is None or client is None or return_uri is None:
        return LogoutRequest(hint, client, None)
    if return_uri not in client.post_logout_redirect_uris:
        raise InvalidLogoutRequest("post_logout_redirect_uri is not registered", client)
    state = parameters.find("state")
    if state is None:
        return LogoutRequest(hint, client, return_uri)
    joint = "&" if "?" in return_uri else "?"
    return LogoutRequest(hint, client, return_uri + joint + urlencode({"state": state}))


def _hint(context: Context, unverified_hint: str | None) -> SignedClaims | None:
    """The hint's claims; it may have expired, but we must have signed it (§2)."""
    if unverified_hint is None:
        return None
    try:
        with context.reading() as session:
            return token_issuer(context).read_hint(session, unverified_hint, context.now())
    except InvalidJWT:
        raise InvalidLogoutRequest("id_token_hint is not ours") from None


def _client(context: Context, client_id: str | None, hint: SignedClaims | None) -> RegisteredClient | None:
    """The client of the hint, or the one that the request names; both must be the same (§2)."""
    if hint is not None and client_id is not None and client_id != hint["aud"]:
        raise InvalidLogoutRequest("client_id is not the hint's audience")
    named = hint["aud"] if hint is not None else client_id
    if not isinstance(named, str) or not is_client_id(named):
        return None
    return context.find_client(named)


def _is_hint_of(context: Context, hint: SignedClaims | None, signed_in: SignedIn) -> bool:
    """Whether the hint was given in this very login session, so that the app speaks for this person."""
    if hint is None:
        return False
    part = select(col(SessionClient.id)).where(
        col(SessionClient.session_id) == signed_in.session_id,
        col(SessionClient.client_id) == hint["aud"],
        col(SessionClient.sid) == str(hint.get("sid")),
    )
    with context.reading() as session:
        return session.execute(part).first() is not None


def _address(endpoint: str, pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs))
    return url_for(endpoint) + (f"?{query}" if query else "")

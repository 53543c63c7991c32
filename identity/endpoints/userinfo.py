"""The userinfo endpoint (OpenID Connect Core §5.3), a resource protected by RFC 6750."""

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from flask import Response, request

from identity.authorization_server import token_issuer
from identity.claims import release
from identity.context import Context, current
from identity.endpoints import cross_origin, error_notes
from identity.endpoints.answers import bearer_error, private_json, private_jwt
from identity.grants.access_token import find_live_grant
from identity.parameters import Parameters
from identity.scopes import claims_of
from identity.tokens import access_tokens
from profiles.disclosure import service as disclosure
from profiles.roles.permissions import public


@public
def userinfo() -> Response:
    """What the app may know of the person at this moment; access is decided again."""
    try:
        unverified_token = _unverified_token()
        if unverified_token is None:
            return bearer_error(None)
        return _answer(current(), unverified_token)
    except OAuth2Error as error:
        return bearer_error(error)


def _answer(context: Context, unverified_token: str) -> Response:
    now = context.now()
    session = context.session(writes=True)
    issuer = token_issuer(context)
    token = access_tokens.find(session, issuer, unverified_token, now, allow_expired=True)
    client = context.clients.find(session, token.client_id, now) if token else None
    error_notes.note_client(client)
    cross_origin.show_to(client)  # also that the token has expired
    if token is None or token.audience != issuer.userinfo or now >= token.expires_at:
        raise InvalidTokenError("the access token is not valid")
    grant = find_live_grant(session, token)
    if grant is None or client is None:
        raise InvalidTokenError("the access token was revoked")
    if "openid" not in token.scope.split():
        raise InsufficientScopeError("the access token lacks the scope openid")
    try:
        asked = claims_of(token.scope) | grant.userinfo_claims
        told = release(session, grant.person_id, client.app_id, asked, grant.sid, now)
    except disclosure.AccessRefused:
        raise InvalidTokenError("access has ended") from None
    claims = {**told.values, "sub": grant.sub}
    algorithm = client.userinfo_signed_response_alg
    if algorithm is None:
        return private_json(claims)
    return private_jwt(issuer.userinfo_jwt(session, client, algorithm, claims, now))


def _unverified_token() -> str | None:
    """The token from the header or the form's body, never from the address (RFC 6750 §2, RFC 9700 §4.3.2)."""
    found = []
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found.append(credentials.strip())
    if request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded":
        parameters = Parameters(request.form.items(multi=True))
        if "access_token" in parameters.repeated:
            raise InvalidRequestError("access_token was sent more than once")
        in_body = parameters.find("access_token")
        if in_body is not None:
            found.append(in_body)
    if len(found) > 1:
        raise InvalidRequestError("the access token was sent in two ways")
    return found[0] if found else None

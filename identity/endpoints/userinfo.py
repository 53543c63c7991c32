"""The userinfo endpoint (OpenID Connect Core §5.3), a resource that takes bearer and proven tokens."""

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from sqlmodel import Session

from identity.authorization_server import token_issuer
from identity.claims import release
from identity.context import Context, current
from identity.endpoints import cross_origin, error_notes
from identity.endpoints.answers import private_json, private_jwt
from identity.endpoints.presented_tokens import PresentedToken, find_presented_token, resource_error
from identity.exchange import Answer, direct
from identity.grants.access_token import find_with_grant
from identity.scopes import claims_of
from profiles.disclosure import service as disclosure
from profiles.roles.permissions import public


@public
@direct
def userinfo() -> Answer:
    """What the app may know of the person at this moment; access is decided again."""
    context = current()
    try:
        presented = find_presented_token(context)
        if presented is None:
            return resource_error(None)
        with context.reading() as session:
            return _answer(context, session, presented)
    except OAuth2Error as error:
        return resource_error(error)


def _answer(context: Context, session: Session, presented: PresentedToken) -> Answer:
    """The answer, from what is read; only the first release to a session is written, by itself."""
    now, issuer = context.now(), token_issuer(context)
    token, grant = find_with_grant(session, issuer, presented.unverified_token, now, allow_expired=True)
    client = context.clients.find(session, token.client_id, now) if token else None
    error_notes.note_client(client)
    cross_origin.show_to(client)  # also that the token has expired
    if token is None or token.audience != issuer.userinfo or now >= token.expires_at:
        raise InvalidTokenError("the access token is not valid")
    if grant is None or client is None:
        raise InvalidTokenError("the access token was revoked")
    presented.check(context, token, client)
    if "openid" not in token.scope.split():
        raise InsufficientScopeError("the access token lacks the scope openid")
    try:
        asked = claims_of(token.scope) | grant.userinfo_claims
        told = release(
            *(session, grant.person_id, client.app_id, asked, grant.sid, now),
            log_in=context.own_transaction,
        )
    except disclosure.AccessRefused:
        raise InvalidTokenError("access has ended") from None
    claims = {**told.values, "sub": grant.sub}
    algorithm = client.userinfo_signed_response_alg
    if algorithm is None:
        return private_json(claims)
    return private_jwt(issuer.userinfo_jwt(session, client, algorithm, claims, now))

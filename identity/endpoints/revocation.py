"""The revocation endpoint: a client gives its own tokens back (RFC 7009)."""

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from sqlmodel import Session

from identity.authorization_server import token_issuer
from identity.clients.registry import RegisteredClient
from identity.context import Context, current
from identity.endpoints.answers import private_json, token_error
from identity.endpoints.client_requests import authenticated_request
from identity.exchange import Answer, direct
from identity.grants.refresh_token import find_family
from identity.tokens import access_tokens, codes
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.roles.permissions import public


@public
@direct
def revocation() -> Answer:
    """Revoke a token: a refresh token with its whole family, an access token alone.

    A token that nobody knows is as good as revoked (RFC 7009 §2.2). The hint of its type is not needed: we
    look for every type (§2.1).
    """
    context = current()
    try:
        client, parameters = authenticated_request(context, admits_public=True)
        unverified_token = parameters.find("token")
        if unverified_token is None:
            raise InvalidRequestError("token is required")
        _revoke(context, context.session(), client, unverified_token)
    except OAuth2Error as error:
        return token_error(error)
    return private_json({})


def _revoke(context: Context, session: Session, client: RegisteredClient, unverified_token: str) -> None:
    """Raises InvalidGrantError for another client's token, which stays as good as it was (RFC 7009 §2.1)."""
    family = find_family(session, unverified_token)
    if family is not None:
        _check_owner(client, family.client_id)
        if codes.revoke(session, family.grant_id, context.now()):
            append(
                session,
                Event.TOKENS_REVOKED,
                Initiator.client(client.client_id),
                context.now(),
                person_id=family.person_id,
                app_id=client.app_id,
                details={"client_id": client.client_id, "grant_id": str(family.grant_id)},
            )
        return
    token = access_tokens.find(
        session, token_issuer(context), unverified_token, context.now(), allow_expired=True
    )
    if token is not None:
        _check_owner(client, token.client_id)
        if context.now() < token.expires_at:
            access_tokens.revoke(session, token)


def _check_owner(client: RegisteredClient, client_id: str) -> None:
    if client_id != client.client_id:
        raise InvalidGrantError("the token was issued to another client")

"""The introspection endpoint: what an access token is worth at this moment (RFC 7662)."""

from datetime import datetime
from typing import Any

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from sqlmodel import Session

from identity.authorization_server import token_issuer
from identity.clients.registry import RegisteredClient
from identity.clients.resources import serves
from identity.context import Context, current
from identity.endpoints.answers import private_json, token_error
from identity.endpoints.client_requests import authenticated_request
from identity.exchange import Answer, direct
from identity.grants.access_token import LiveGrant, find_with_grant, is_live_service
from identity.keys.jwt import numeric_date
from identity.tokens.signed_tokens import AccessToken
from identity.vectors_of_trust import TRUSTMARK, trust_in
from profiles.disclosure import service as disclosure
from profiles.roles.permissions import public

INACTIVE = {"active": False}


@public
@direct
def introspection() -> Answer:
    """Whether an access token is good, for the client that got it or serves the resource that it is for.

    Everybody else hears what they would hear of a token that nobody ever issued (RFC 7662 §2.2 and §4).
    Refresh tokens are nothing to a resource: of them it hears the same.
    """
    context = current()
    try:
        caller, parameters = authenticated_request(context)
        unverified_token = parameters.find("token")
        if unverified_token is None:
            raise InvalidRequestError("token is required")
    except OAuth2Error as error:
        return token_error(error)
    with context.reading() as session:
        return private_json(_describe(context, session, caller, unverified_token, context.now()))


def _describe(
    context: Context, session: Session, caller: RegisteredClient, unverified_token: str, now: datetime
) -> dict[str, Any]:
    token, grant = find_with_grant(session, token_issuer(context), unverified_token, now)
    if token is None or not _is_for(session, token, caller):
        return INACTIVE
    client = context.clients.find(session, token.client_id, now)
    if client is None:
        return INACTIVE
    if not _is_good(session, client, token, grant, now):
        return INACTIVE
    return {
        "active": True,
        "iss": context.settings.issuer,
        "sub": token.sub,
        "aud": token.audience,
        "client_id": token.client_id,
        "scope": token.scope,
        "token_type": token.token_type,
        "iat": numeric_date(token.issued_at),
        "exp": numeric_date(token.expires_at),
        "jti": token.token_id,
        **token.confirmation,
        **({} if grant is None else _how(context, grant)),
    }


def _how(context: Context, grant: LiveGrant) -> dict[str, Any]:
    """How and when the person signed in; of the vector of trust nothing that is about the person."""
    told = {"acr": grant.acr, "auth_time": numeric_date(grant.auth_time)}
    if not grant.wants_vector:
        return told
    trust = trust_in(grant.acr, grant.amr)
    return told | {"vot": trust.text, "vtm": context.settings.issuer + TRUSTMARK}


def _is_for(session: Session, token: AccessToken, caller: RegisteredClient) -> bool:
    return token.client_id == caller.client_id or serves(session, caller.client_id, token.audience)


def _is_good(
    session: Session, client: RegisteredClient, token: AccessToken, grant: LiveGrant | None, now: datetime
) -> bool:
    """Neither it nor its grant is revoked, and its person may still use the app."""
    if grant is None:
        return is_live_service(session, token)
    return disclosure.access(session, grant.person_id, client.app_id, now).allowed

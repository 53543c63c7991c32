"""Changes which tokens a registered client may ask for, and which resources it serves."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from identity.clients.errors import InvalidClientMetadata
from identity.clients.models import Client, Resource
from identity.clients.public_clients import NONE, check_public_tokens
from identity.clients.token_metadata import (
    AUTHORIZATION_CODE,
    OFFLINE_ACCESS,
    PERSONAL_SCOPES,
    REFRESH_TOKEN,
    TokenMetadata,
    check,
)
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append


def change_tokens(
    session: Session, now: datetime, initiator: Initiator, client_id: str, asked: TokenMetadata
) -> None:
    """From now on this is what the client may ask for; nothing of what it might before is left.

    A process that remembers the client follows within seconds. Raises InvalidClientMetadata.
    """
    client = session.get(Client, client_id)
    if client is None:
        raise InvalidClientMetadata("client_id", "no client has this id")
    if AUTHORIZATION_CODE in asked.grant_types and not client.redirect_uris:
        raise InvalidClientMetadata("grant_types", "authorization_code needs a redirect URI")
    if client.token_endpoint_auth_method == NONE:
        check_public_tokens(asked)
    scopes = {*client.scope.split()} - {OFFLINE_ACCESS}
    if REFRESH_TOKEN in asked.grant_types:
        scopes.add(OFFLINE_ACCESS)
    check(session, asked, scopes, client_id)
    client.grant_types = list(asked.grant_types)
    client.access_token_format = asked.access_token_format
    client.scope = " ".join(scope for scope in PERSONAL_SCOPES if scope in scopes)
    client.service_scope = " ".join(asked.service_scopes)
    client.resources = list(asked.resources)
    session.execute(delete(Resource).where(col(Resource.client_id) == client_id))
    session.add_all(Resource(uri=uri, client_id=client_id) for uri in asked.serves)
    session.flush()
    append(
        session,
        Event.CLIENT_TOKENS_CHANGED,
        initiator,
        now,
        app_id=client.app_id,
        details={"client_id": client_id, "tokens": asked.as_json()},
    )

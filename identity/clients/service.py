"""Registers, changes and disables clients."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from identity.clients import fapi2, token_metadata
from identity.clients.client_secrets import ClientCredentials, add_secret, end_secrets, hash_secret
from identity.clients.errors import InvalidClientMetadata, UnknownClient
from identity.clients.metadata import (
    AUTH_METHODS,
    CONFIDENTIAL_METHODS,
    SCOPES,
    SIGNING_ALGORITHMS,
    ClientMetadata,
)
from identity.clients.models import Client, Resource
from identity.clients.token_metadata import CLIENT_CREDENTIALS, SIGN_IN_ALONE, TokenMetadata
from identity.clients.uris import hosts_of, sector_of
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.service import must_confirm

__all__ = [
    "AUTH_METHODS",
    "CONFIDENTIAL_METHODS",
    "SCOPES",
    "SIGNING_ALGORITHMS",
    "ClientCredentials",
    "add",
    "change",
    "disable",
    "get",
    "hash_secret",
    "keeping_grants",
    "list_all",
    "list_for_app",
    "register",
]


# What stands in the audit trail with its values; of the rest, contacts for instance, only that it changed.
_TOLD = frozenset(
    {
        "redirect_uris",
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "sector_identifier_uri",
        "token_endpoint_auth_method",
        "jwks_uri",
    }
)


def register(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    client_name: str,
    app_id: UUID,
    redirect_uris: Iterable[str],
    development: bool,
    post_logout_redirect_uris: Iterable[str] = (),
    scopes: Iterable[str] = SCOPES,
    sector_identifier: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    **metadata: Any,
) -> ClientCredentials:
    """Register a client of an app. Raises InvalidClientMetadata.

    ``metadata`` are further fields of ClientMetadata. ``client_id`` and ``client_secret`` are for the
    demonstration alone; others get random ones.
    """
    described = ClientMetadata(
        client_name=client_name,
        redirect_uris=tuple(redirect_uris),
        post_logout_redirect_uris=tuple(post_logout_redirect_uris),
        scopes=tuple(scopes),
        **metadata,
    )
    return add(
        session,
        now,
        initiator,
        described,
        app_id=app_id,
        development=development,
        sector_identifier=sector_identifier,
        client_id=client_id,
        client_secret=client_secret,
    )


def add(
    session: Session,
    now: datetime,
    initiator: Initiator,
    metadata: ClientMetadata,
    *,
    app_id: UUID,
    development: bool,
    sector_identifier: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    registration_token_hash: str | None = None,
) -> ClientCredentials:
    """Register a client with this metadata (RFC 7591 §2). Raises InvalidClientMetadata.

    A server's, of an app that has agreed to confirm that old access ended, needs an address for that.
    A ``sector_identifier_uri`` must have been fetched and checked before.
    """
    metadata.check(development=development)
    token_metadata.check(session, metadata.tokens, metadata.scope.split())
    if _is_of_server(metadata):
        _check_can_be_told(session, now, app_id, metadata)
    if sector_identifier is not None and not metadata.redirect_uris:
        raise InvalidClientMetadata("sector_identifier", "nobody signs in to a client without redirect URIs")
    # Hexadecimal: an id that begins with a hyphen is an option to the commands that take one.
    new_id = client_id or secrets.token_hex(16)
    client = Client(
        client_id=new_id,
        app_id=app_id,
        sector=sector_of(metadata, new_id, sector_identifier) if metadata.redirect_uris else "",
        registration_token_hash=registration_token_hash,
        created_at=now,
        **_columns(metadata),
    )
    session.add(client)
    session.flush()
    session.add_all(Resource(uri=uri, client_id=new_id) for uri in metadata.tokens.serves)
    session.flush()
    _note(session, Event.CLIENT_REGISTERED, initiator, now, client, metadata.tokens)
    secret = add_secret(session, now, new_id, client_secret) if metadata.has_secret else ""
    return ClientCredentials(new_id, secret)


def change(
    session: Session,
    now: datetime,
    initiator: Initiator,
    client_id: str,
    metadata: ClientMetadata,
    *,
    development: bool,
) -> ClientCredentials:
    """Replace a client's metadata as a whole (RFC 7592 §2.2); the secret is empty unless it is new.

    Raises UnknownClient, and InvalidClientMetadata also where everybody's ``sub`` would become another, or
    where a client would shed, perhaps by leaving it out, the stricter profile or the address at which an app
    is told that must confirm, or become a server's that people sign in to without one.
    """
    metadata.check(development=development)
    token_metadata.check(session, metadata.tokens, metadata.scope.split())
    client = get(session, client_id)
    becomes_servers = _is_of_server(metadata) and not _is_of_server(metadata_of(client))
    if client.backchannel_logout_uri or becomes_servers:
        _check_can_be_told(session, now, client.app_id, metadata)
    if client.profile == fapi2.PROFILE and metadata.profile != fapi2.PROFILE:
        raise InvalidClientMetadata("profile", "must stay fapi2: say so again, or register another client")
    if metadata.redirect_uris and not _keeps_sector(client, metadata):
        raise InvalidClientMetadata(
            "sector_identifier_uri" if metadata.sector_identifier_uri else "redirect_uris",
            f"would give people another sub: the sector must stay {client.sector}",
        )
    had_secret, before = metadata_of(client).has_secret, _columns(metadata_of(client))
    after = _columns(metadata)
    for name, value in after.items():
        setattr(client, name, value)
    session.add(client)
    session.flush()
    changed = {
        name: {"from": before[name], "to": after[name]} if name in _TOLD else {}
        for name in after
        if after[name] != before[name]
    }
    _note(session, Event.CLIENT_CHANGED, initiator, now, client, changed=changed)
    if had_secret and not metadata.has_secret:
        end_secrets(session, client_id, now)
    needs_secret = metadata.has_secret and not had_secret
    return ClientCredentials(client_id, add_secret(session, now, client_id) if needs_secret else "")


def _is_of_server(metadata: ClientMetadata) -> bool:
    """Whether people sign in to it, and it keeps a secret: what is told of them has somewhere to go."""
    return bool(metadata.redirect_uris) and metadata.token_endpoint_auth_method in CONFIDENTIAL_METHODS


def _check_can_be_told(session: Session, now: datetime, app_id: UUID, metadata: ClientMetadata) -> None:
    if metadata.backchannel_logout_uri is None and must_confirm(session, app_id, now):
        raise InvalidClientMetadata(
            "backchannel_logout_uri",
            "is needed: as agreed, the app confirms that it ended old access, so it must be told of that",
        )


def disable(session: Session, now: datetime, initiator: Initiator, client_id: str) -> None:
    """Let a client do nothing any more; its tokens are worth nothing from then on. Raises UnknownClient."""
    client = get(session, client_id)
    client.disabled_at = now
    session.add(client)
    session.flush()
    _note(session, Event.CLIENT_DISABLED, initiator, now, client)


def get(session: Session, client_id: str) -> Client:
    """The client with this id that is not disabled. Raises UnknownClient."""
    client = session.get(Client, client_id)
    if client is None or client.disabled_at is not None:
        raise UnknownClient("there is no such client")
    return client


def list_all(session: Session) -> list[Client]:
    """Every client there ever was, by name."""
    return list(session.exec(select(Client).order_by(col(Client.client_name), col(Client.client_id))))


def list_for_app(session: Session, app_id: UUID) -> list[Client]:
    """The clients of an app, those that are disabled last, the oldest first."""
    query = select(Client).where(col(Client.app_id) == app_id)
    found = session.exec(query.order_by(col(Client.created_at), col(Client.client_id)))
    return sorted(found, key=lambda client: client.disabled_at is not None)


def metadata_of(client: Client) -> ClientMetadata:
    """A client's metadata as it is registered."""
    names = (name for name in ClientMetadata.__dataclass_fields__ if name not in {"scopes", "tokens"})
    values: dict[str, Any] = {name: getattr(client, name) for name in names}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    tokens = TokenMetadata(
        grant_types=tuple(client.grant_types),
        access_token_format=client.access_token_format,
        service_scopes=tuple(client.service_scope.split()),
        resources=tuple(client.resources),
    )
    return ClientMetadata(**(values | lists), scopes=tuple(client.scope.split()), tokens=tokens)


def keeping_grants(session: Session, client_id: str, metadata: ClientMetadata) -> ClientMetadata:
    """The metadata with what only administrators grant, as the client has it, locked from now on.

    A registration document cannot speak of that, so leaving it out takes nothing away. Raises UnknownClient.
    """
    client = get(session, client_id)
    session.refresh(client, with_for_update=True)
    granted = metadata_of(client).tokens
    by_itself = (grant for grant in granted.grant_types if grant == CLIENT_CREDENTIALS)
    tokens = replace(granted, grant_types=(*metadata.tokens.grant_types, *by_itself))
    return replace(metadata, tokens=tokens)


def _keeps_sector(client: Client, metadata: ClientMetadata) -> bool:
    """Whether the subs that people have at the client stay its own: on its present hosts they do."""
    same = (metadata.subject_type, metadata.sector_identifier_uri)
    if same == (client.subject_type, client.sector_identifier_uri) and hosts_of(
        metadata.redirect_uris
    ) <= hosts_of(client.redirect_uris):
        return True
    return sector_of(metadata, client.client_id, None) == client.sector


def _columns(metadata: ClientMetadata) -> Mapping[str, Any]:
    described = vars(replace(metadata, client_name=metadata.client_name.strip()))
    columns = {name: list(value) if isinstance(value, tuple) else value for name, value in described.items()}
    del columns["scopes"], columns["tokens"]
    tokens = {
        "grant_types": list(metadata.tokens.grant_types),
        "access_token_format": metadata.tokens.access_token_format,
        "service_scope": " ".join(metadata.tokens.service_scopes),
        "resources": list(metadata.tokens.resources),
    }
    jwks = dict(metadata.jwks) if metadata.jwks is not None else None
    turned_on = fapi2.TURNED_ON if metadata.profile == fapi2.PROFILE else {}
    return {**columns, **tokens, "scope": metadata.scope, "jwks": jwks, **turned_on}


def _note(
    session: Session,
    event: Event,
    initiator: Initiator,
    now: datetime,
    client: Client,
    tokens: TokenMetadata = SIGN_IN_ALONE,
    changed: Mapping[str, Any] | None = None,
) -> None:
    details: dict[str, Any] = {
        "client_id": client.client_id,
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "scope": client.scope,
    }
    if tokens != SIGN_IN_ALONE:
        details["tokens"] = tokens.as_json()
    if changed is not None:
        details["changed"] = changed
    append(session, event, initiator, now, app_id=client.app_id, details=details)

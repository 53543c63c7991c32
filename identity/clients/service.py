"""Registers clients; the secret is shown once and kept as a hash."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from identity.clients import token_metadata
from identity.clients.errors import InvalidClientMetadata
from identity.clients.models import Client, Resource
from identity.clients.token_metadata import (
    AUTHORIZATION_CODE,
    OFFLINE_ACCESS,
    PERSONAL_SCOPES,
    REFRESH_TOKEN,
    SIGN_IN_ALONE,
    TokenMetadata,
)
from identity.clients.uris import check_backchannel_logout_uri, check_redirect_uri, sector_of
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append

AUTH_METHODS = ("client_secret_basic", "client_secret_post")
SIGNING_ALGORITHMS = ("RS256", "ES256")
SCOPES = tuple(scope for scope in PERSONAL_SCOPES if scope != OFFLINE_ACCESS)


@dataclass(frozen=True)
class ClientCredentials:
    """What the relying party needs; the secret cannot be shown again."""

    client_id: str
    client_secret: str


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
    backchannel_logout_uri: str | None = None,
    scopes: Iterable[str] = SCOPES,
    token_endpoint_auth_method: str = AUTH_METHODS[0],
    id_token_signed_response_alg: str = SIGNING_ALGORITHMS[0],
    sector_identifier: str | None = None,
    require_pkce: bool = True,
    tokens: TokenMetadata = SIGN_IN_ALONE,
    client_id: str | None = None,
    client_secret: str | None = None,
) -> ClientCredentials:
    """Register a confidential client of an app (RFC 7591 §2). Raises InvalidClientMetadata.

    ``client_id`` and ``client_secret`` are for the demonstration alone; others get random ones.
    """
    redirects, after_logout = list(redirect_uris), list(post_logout_redirect_uris)
    if not client_name.strip():
        raise InvalidClientMetadata("client_name", "must not be empty")
    if not redirects and AUTHORIZATION_CODE in tokens.grant_types:
        raise InvalidClientMetadata("redirect_uris", "at least one is needed")
    for uri in redirects:
        check_redirect_uri(uri, "redirect_uris", development=development)
    for uri in after_logout:
        check_redirect_uri(uri, "post_logout_redirect_uris", development=development)
    if backchannel_logout_uri is not None:
        check_backchannel_logout_uri(backchannel_logout_uri, development=development)
    if token_endpoint_auth_method not in AUTH_METHODS:
        raise InvalidClientMetadata("token_endpoint_auth_method", f"must be one of {', '.join(AUTH_METHODS)}")
    if id_token_signed_response_alg not in SIGNING_ALGORITHMS:
        raise InvalidClientMetadata(
            "id_token_signed_response_alg", f"must be one of {', '.join(SIGNING_ALGORITHMS)}"
        )
    asked = {"openid", *scopes, *([OFFLINE_ACCESS] if REFRESH_TOKEN in tokens.grant_types else [])}
    if unknown := sorted(asked.difference(PERSONAL_SCOPES)):
        raise InvalidClientMetadata(
            "scope", f"{', '.join(unknown)} is not one of {', '.join(PERSONAL_SCOPES)}"
        )
    token_metadata.check(session, tokens, asked)

    secret = client_secret or secrets.token_urlsafe(32)
    client = Client(
        client_id=client_id or secrets.token_urlsafe(16),
        client_secret_hash=hash_secret(secret),
        client_name=client_name.strip(),
        app_id=app_id,
        redirect_uris=redirects,
        post_logout_redirect_uris=after_logout,
        backchannel_logout_uri=backchannel_logout_uri,
        scope=" ".join(scope for scope in PERSONAL_SCOPES if scope in asked),
        token_endpoint_auth_method=token_endpoint_auth_method,
        id_token_signed_response_alg=id_token_signed_response_alg,
        require_pkce=require_pkce,
        sector=sector_of(redirects, sector_identifier) if redirects else "",
        grant_types=list(tokens.grant_types),
        access_token_format=tokens.access_token_format,
        service_scope=" ".join(tokens.service_scopes),
        resources=list(tokens.resources),
        created_at=now,
    )
    session.add(client)
    session.flush()
    session.add_all(Resource(uri=uri, client_id=client.client_id) for uri in tokens.serves)
    session.flush()
    details: dict[str, Any] = {
        "client_id": client.client_id,
        "redirect_uris": redirects,
        "scope": client.scope,
    }
    if tokens != SIGN_IN_ALONE:
        details["tokens"] = tokens.as_json()
    append(session, Event.CLIENT_REGISTERED, initiator, now, app_id=app_id, details=details)
    return ClientCredentials(client.client_id, secret)


def hash_secret(client_secret: str) -> str:
    """What is kept of a client's secret."""
    return hashlib.sha256(client_secret.encode()).hexdigest()

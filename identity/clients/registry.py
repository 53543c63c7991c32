"""Clients as one process remembers them, so that most requests need not ask the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.clients import fapi2
from identity.clients.models import Client, ClientSecret
from identity.clients.public_clients import NONE
from identity.clients.uris import WEB, is_same_loopback_address, web_origin

KEPT_FOR = timedelta(seconds=5)
MOST_KEPT = 4096


@dataclass(frozen=True)
class SecretHash:
    """The hash of one of a client's secrets, and until when it is good."""

    secret_hash: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class RegisteredClient:
    """A client that is registered and not disabled."""

    client_id: str
    client_name: str
    app_id: UUID
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    scopes: frozenset[str]
    token_endpoint_auth_method: str
    id_token_signed_response_alg: str
    require_pkce: bool
    sector: str
    grant_types: frozenset[str]
    access_token_format: str
    service_scopes: frozenset[str]
    resources: frozenset[str]
    secrets: tuple[SecretHash, ...] = ()
    profile: str = "oidc"
    application_type: str = "web"
    token_endpoint_auth_signing_alg: str | None = None
    userinfo_signed_response_alg: str | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    require_pushed_authorization_requests: bool = False
    dpop_bound_access_tokens: bool = False
    default_max_age: int | None = None
    default_acr_values: tuple[str, ...] = ()
    request_uris: tuple[str, ...] = ()
    request_object_signing_alg: str | None = None
    require_signed_request_object: bool = False

    @property
    def is_fapi2(self) -> bool:
        """Whether it declared the FAPI 2.0 Security Profile, with all that this turns on."""
        return self.profile == fapi2.PROFILE

    @property
    def is_public(self) -> bool:
        """Whether anybody may speak in its name: it has nothing to prove itself with (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method == NONE

    @property
    def browser_origins(self) -> frozenset[str]:
        """Where the pages of a single-page app are: at its redirect URIs. Other clients call from servers."""
        if not self.is_public or self.application_type != WEB:
            return frozenset()
        return frozenset(origin for uri in self.redirect_uris if (origin := web_origin(uri)) is not None)

    @property
    def must_push_requests(self) -> bool:
        """By its own wish (RFC 9126 §6), or by its profile (FAPI 2.0 Security Profile §5.3.2.2)."""
        return self.require_pushed_authorization_requests or self.is_fapi2

    @property
    def must_prove_a_key(self) -> bool:
        """Whether it gets no bearer tokens: by its own wish (RFC 9449 §5.2), or by its profile (§5.3.2.1)."""
        return self.dpop_bound_access_tokens or self.is_fapi2

    def may_refer_to(self, request_uri: str) -> bool:
        """Whether this is one of its request URIs, the fragment left aside, which is never sent."""
        registered = {uri.partition("#")[0] for uri in self.request_uris}
        return request_uri.partition("#")[0] in registered

    def may_return_to(self, redirect_uri: str) -> bool:
        """Whether this is one of its redirect URIs, compared character by character (RFC 9700 §2.1).

        The one exception: a native app's loopback address may have any port (RFC 8252 §7.3).
        """
        if redirect_uri in self.redirect_uris:
            return True
        return self.application_type == "native" and any(
            is_same_loopback_address(registered, redirect_uri) for registered in self.redirect_uris
        )


_COLUMNS = (
    *(col(Client.client_name), col(Client.app_id), col(Client.profile), col(Client.application_type)),
    *(col(Client.redirect_uris), col(Client.post_logout_redirect_uris), col(Client.backchannel_logout_uri)),
    *(col(Client.scope), col(Client.token_endpoint_auth_method), col(Client.token_endpoint_auth_signing_alg)),
    *(col(Client.jwks), col(Client.jwks_uri), col(Client.id_token_signed_response_alg)),
    *(col(Client.require_pkce), col(Client.sector), col(Client.userinfo_signed_response_alg)),
    *(col(Client.require_pushed_authorization_requests), col(Client.default_max_age)),
    col(Client.dpop_bound_access_tokens),
    *(col(Client.default_acr_values), col(Client.request_uris)),
    *(col(Client.request_object_signing_alg), col(Client.require_signed_request_object)),
    *(col(Client.logo_uri), col(Client.policy_uri), col(Client.tos_uri)),
    *(col(Client.grant_types), col(Client.access_token_format)),
    *(col(Client.service_scope), col(Client.resources)),
)
_EVEN_DISABLED = (
    select(*_COLUMNS, col(ClientSecret.secret_hash), col(ClientSecret.expires_at))
    .outerjoin(ClientSecret, col(ClientSecret.client_id) == col(Client.client_id))
    .where(col(Client.client_id) == bindparam("client_id"))
    .order_by(col(ClientSecret.created_at).desc())
)
_BY_ID = _EVEN_DISABLED.where(col(Client.disabled_at).is_(None))


def find_client(session: Session, client_id: str, *, even_disabled: bool = False) -> RegisteredClient | None:
    """The client with this id as the database has it now; None when there is none or it is disabled.

    ``even_disabled`` is for telling a client that sessions have ended, which it must hear all the same.
    """
    query = _EVEN_DISABLED if even_disabled else _BY_ID
    rows = session.connection().execute(query, {"client_id": client_id}).all()
    if not rows:
        return None
    row = rows[0]
    return RegisteredClient(
        client_id=client_id,
        client_name=row.client_name,
        app_id=row.app_id,
        profile=row.profile,
        application_type=row.application_type,
        redirect_uris=tuple(row.redirect_uris),
        post_logout_redirect_uris=tuple(row.post_logout_redirect_uris),
        backchannel_logout_uri=row.backchannel_logout_uri,
        scopes=frozenset(row.scope.split()),
        token_endpoint_auth_method=row.token_endpoint_auth_method,
        token_endpoint_auth_signing_alg=row.token_endpoint_auth_signing_alg,
        jwks=row.jwks,
        jwks_uri=row.jwks_uri,
        id_token_signed_response_alg=row.id_token_signed_response_alg,
        userinfo_signed_response_alg=row.userinfo_signed_response_alg,
        require_pkce=row.require_pkce,
        require_pushed_authorization_requests=row.require_pushed_authorization_requests,
        request_uris=tuple(row.request_uris),
        request_object_signing_alg=row.request_object_signing_alg,
        require_signed_request_object=row.require_signed_request_object,
        dpop_bound_access_tokens=row.dpop_bound_access_tokens,
        sector=row.sector,
        default_max_age=row.default_max_age,
        default_acr_values=tuple(row.default_acr_values),
        grant_types=frozenset(row.grant_types),
        access_token_format=row.access_token_format,
        service_scopes=frozenset(row.service_scope.split()),
        resources=frozenset(row.resources),
        logo_uri=row.logo_uri,
        policy_uri=row.policy_uri,
        tos_uri=row.tos_uri,
        secrets=tuple(SecretHash(one.secret_hash, one.expires_at) for one in rows if one.secret_hash),
    )


class ClientRegistry:
    """Remembers a client for a few seconds; whom it does not know it asks for again every time.

    Safe to share between threads: an entry is replaced whole.
    """

    def __init__(self, kept_for: timedelta = KEPT_FOR) -> None:
        self._kept_for = kept_for
        self._kept: dict[str, tuple[datetime, RegisteredClient]] = {}

    def recall(self, client_id: str, now: datetime) -> RegisteredClient | None:
        """The client as it was read a moment ago; None when the database must be asked."""
        kept = self._kept.get(client_id)
        if kept is None or abs(now - kept[0]) >= self._kept_for:
            return None
        return kept[1]

    def find(self, session: Session, client_id: str, now: datetime) -> RegisteredClient | None:
        """The client, from memory or from the database; None when there is none or it is disabled."""
        recalled = self.recall(client_id, now)
        if recalled is not None:
            return recalled
        client = find_client(session, client_id)
        if client is None:
            self._kept.pop(client_id, None)
            return None
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[client_id] = (now, client)
        return client

    def forget(self, client_id: str) -> None:
        """Ask the database next time, because the registration has changed."""
        self._kept.pop(client_id, None)

"""The tables of clients, in the names of RFC 7591, of what they prove themselves with and what they serve."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from profiles.columns import new_id


class Client(SQLModel, table=True):
    """A relying party's registration. Treat the lists as immutable: assign a new one to change it."""

    __tablename__ = "clients"

    client_id: str = Field(max_length=64, primary_key=True)
    client_name: str
    app_id: UUID = Field(foreign_key="apps.id", index=True)
    profile: str = Field(default="oidc", max_length=16)
    """``oidc``, or ``fapi2`` for the stricter rules of the FAPI 2.0 Security Profile."""
    application_type: str = Field(default="web", max_length=16)
    redirect_uris: list[str] = Field(sa_type=JSON)
    post_logout_redirect_uris: list[str] = Field(sa_type=JSON)
    backchannel_logout_uri: str | None = None
    initiate_login_uri: str | None = None
    scope: str
    """The scopes that it may ask for, separated by spaces."""
    token_endpoint_auth_method: str = Field(max_length=40)
    token_endpoint_auth_signing_alg: str | None = Field(default=None, max_length=16)
    """The one algorithm of its assertions; None leaves it every one that its keys fit."""
    jwks: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    jwks_uri: str | None = None
    id_token_signed_response_alg: str = Field(max_length=16)
    userinfo_signed_response_alg: str | None = Field(default=None, max_length=16)
    """None: userinfo is plain JSON for it."""
    subject_type: str = Field(default="pairwise", max_length=16)
    require_pkce: bool = True
    """False only for a confidential client that was registered without it by name."""
    require_pushed_authorization_requests: bool = False
    """Whether it must push its requests (RFC 9126 §6)."""
    dpop_bound_access_tokens: bool = False
    """Whether it gets no tokens without proving a key (RFC 9449 §5.2)."""
    default_max_age: int | None = None
    """How recent a sign-in must be, in seconds, where a request does not say."""
    require_auth_time: bool = False
    """Whether ``auth_time`` must be in its ID tokens; it always is."""
    default_acr_values: list[str] = Field(default_factory=list, sa_type=JSON)
    """The levels that it wishes for where a request does not say, best first."""
    request_uris: list[str] = Field(default_factory=list, sa_type=JSON)
    """Where its request objects may be fetched from, and nowhere else (OpenID Connect Core §6.2)."""
    request_object_signing_alg: str | None = Field(default=None, max_length=16)
    """The one algorithm of its request objects; None leaves it every one that its keys fit."""
    require_signed_request_object: bool = False
    """Whether it must sign its requests (RFC 9101 §10.5)."""
    sector: str = Field(max_length=255)
    """The host that its pairwise ``sub`` belongs to (OpenID Connect Core §8.1)."""
    grant_types: list[str] = Field(default_factory=lambda: ["authorization_code"], sa_type=JSON)
    access_token_format: str = Field(default="jwt", max_length=16)
    """``jwt`` (RFC 9068) or ``opaque``."""
    service_scope: str = ""
    """What it may do on its own behalf, in the organisation of its app (RFC 6749 §4.4)."""
    resources: list[str] = Field(default_factory=list, sa_type=JSON)
    """The resources that it may ask tokens for (RFC 8707)."""
    sector_identifier_uri: str | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: list[str] = Field(default_factory=list, sa_type=JSON)
    registration_token_hash: str | None = Field(default=None, max_length=64)
    """SHA-256 of the token that manages this registration (RFC 7592 §3); None: it was made by command."""
    created_at: datetime
    disabled_at: datetime | None = None


class ClientLogo(SQLModel, table=True):
    """Our own copy of a client's logo, so that looking at our pages tells its host nothing."""

    __tablename__ = "client_logos"

    client_id: str = Field(primary_key=True, foreign_key="clients.client_id", max_length=64)
    source_uri: str
    """The ``logo_uri`` that it was copied from; with another one registered it is not shown."""
    digest: str = Field(max_length=64, index=True)
    """SHA-256 of the content, in hex."""
    media_type: str = Field(max_length=32)
    content: bytes
    copied_at: datetime


class Resource(SQLModel, table=True):
    """A protected resource that tokens can be for (RFC 8707); its client may introspect them (RFC 7662)."""

    __tablename__ = "resources"

    uri: str = Field(max_length=500, primary_key=True)
    client_id: str = Field(foreign_key="clients.client_id", max_length=64, index=True)


class ClientSecret(SQLModel, table=True):
    """One of a client's secrets, good until ``expires_at``; while secrets are rotated there are several."""

    __tablename__ = "client_secrets"

    client_id: str = Field(primary_key=True, foreign_key="clients.client_id", max_length=64)
    secret_hash: str = Field(primary_key=True, max_length=64)
    """SHA-256 in hex; a fast hash is enough because the secret is 256 random bits."""
    created_at: datetime
    expires_at: datetime | None = None


class SpentAssertion(SQLModel, table=True):
    """The ``jti`` of a client's assertion, which is good once (RFC 7523 §3); kept until it has expired."""

    __tablename__ = "spent_assertions"

    client_id: str = Field(primary_key=True, foreign_key="clients.client_id", max_length=64)
    jti_hash: str = Field(primary_key=True, max_length=64)
    """SHA-256 in hex, so that clients may choose long ones."""
    expires_at: datetime = Field(index=True)


class InitialAccessToken(SQLModel, table=True):
    """Lets an organisation's suppliers register clients (RFC 7591 §3): so many, and until a moment."""

    __tablename__ = "initial_access_tokens"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    contact: str
    """Whom people ask about an app whose registration names nobody."""
    created_at: datetime
    expires_at: datetime
    attempts_left: int
    """Every attempt takes one, also one that is refused, so that no token serves a flood."""


class ClientError(SQLModel, table=True):
    """How often a client was refused in one hour, by one endpoint, for one reason; nothing of people.

    ``error`` and ``description`` are what the client was told, and their number is bounded.
    """

    __tablename__ = "client_errors"

    client_id: str = Field(primary_key=True, foreign_key="clients.client_id", max_length=64)
    hour: datetime = Field(primary_key=True, index=True)
    """The beginning of the hour, in UTC."""
    endpoint: str = Field(primary_key=True, max_length=40)
    error: str = Field(primary_key=True, max_length=64)
    description: str = Field(primary_key=True, max_length=200)
    count: int
    last_at: datetime


class ClientUse(SQLModel, table=True):
    """When a client last proved itself, to the hour, and with what."""

    __tablename__ = "client_uses"

    client_id: str = Field(primary_key=True, foreign_key="clients.client_id", max_length=64)
    credential: str = Field(primary_key=True, max_length=64)
    """The fingerprint of a secret, ``key`` for one of its own keys, ``none`` for a public client."""
    last_at: datetime

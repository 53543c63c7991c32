"""The tables of clients, in the names of RFC 7591, and of the resources that they serve."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel


class Client(SQLModel, table=True):
    """A relying party's registration. Treat the lists as immutable: assign a new one to change it."""

    __tablename__ = "clients"

    client_id: str = Field(max_length=64, primary_key=True)
    client_secret_hash: str = Field(max_length=64)
    """SHA-256 in hex; a fast hash is enough because the secret is 256 random bits."""
    client_name: str
    app_id: UUID = Field(foreign_key="apps.id", index=True)
    redirect_uris: list[str] = Field(sa_type=JSON)
    post_logout_redirect_uris: list[str] = Field(sa_type=JSON)
    backchannel_logout_uri: str | None = None
    scope: str
    """The scopes that it may ask for, separated by spaces."""
    token_endpoint_auth_method: str = Field(max_length=40)
    id_token_signed_response_alg: str = Field(max_length=16)
    require_pkce: bool = True
    """False only for a confidential client that was registered without it by name."""
    sector: str = Field(max_length=255)
    """The host that its pairwise ``sub`` belongs to (OpenID Connect Core §8.1)."""
    grant_types: list[str] = Field(default_factory=lambda: ["authorization_code"], sa_type=JSON)
    access_token_format: str = Field(default="jwt", max_length=16)
    """``jwt`` (RFC 9068) or ``opaque``."""
    service_scope: str = ""
    """What it may do on its own behalf, in the organisation of its app (RFC 6749 §4.4)."""
    resources: list[str] = Field(default_factory=list, sa_type=JSON)
    """The resources that it may ask tokens for (RFC 8707)."""
    created_at: datetime
    disabled_at: datetime | None = None


class Resource(SQLModel, table=True):
    """A protected resource that tokens can be for (RFC 8707); its client may introspect them (RFC 7662)."""

    __tablename__ = "resources"

    uri: str = Field(max_length=500, primary_key=True)
    client_id: str = Field(foreign_key="clients.client_id", max_length=64, index=True)

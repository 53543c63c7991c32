"""The table of clients, in the names of RFC 7591."""

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
    created_at: datetime
    disabled_at: datetime | None = None

"""The tables of grants and of the tokens that must be remembered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from profiles.columns import new_id


class Grant(SQLModel, table=True):
    """What one authorization gave: its code until it is spent, then the tokens that came of it.

    ``sid`` is the session client's at the time: a part that ended and was joined again has another one, so
    that an old grant never lives on. Revoking the grant revokes all that came of it: its access tokens name
    it, its refresh tokens are its family.
    """

    __tablename__ = "grants"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code_hash: str = Field(max_length=64, unique=True)
    """SHA-256 of the code, in hex."""
    client_id: str = Field(foreign_key="clients.client_id")
    person_id: UUID = Field(foreign_key="people.id")
    session_client_id: UUID = Field(foreign_key="session_clients.id", index=True)
    sid: str
    redirect_uri: str
    scope: str
    resources: list[str] = Field(default_factory=list, sa_type=JSON)
    """The resources that its access tokens may be for (RFC 8707), besides userinfo."""
    claims: dict[str, list[str]] = Field(
        default_factory=lambda: {"userinfo": [], "id_token": []}, sa_type=JSON
    )
    """What was asked for by name (OpenID Connect Core §5.5): under ``userinfo``, under ``id_token``.

    Under ``vectors`` are those that the client accepts (RFC 8485 §4), where it asked for some.
    """
    nonce: str | None = None
    code_challenge: str | None = None
    """The S256 challenge (RFC 7636); None only for a client that was registered without."""
    dpop_jkt: str | None = Field(default=None, max_length=43)
    """The thumbprint of the one key that the code is good with (RFC 9449 §10)."""
    acr: str
    amr: list[str] = Field(sa_type=JSON)
    auth_time: datetime
    issued_at: datetime
    expires_at: datetime
    """When the code expires."""
    spent_at: datetime | None = None
    revoked_at: datetime | None = None


class RefreshToken(SQLModel, table=True):
    """One refresh token of a grant's family; spent ones are kept to notice that they come back."""

    __tablename__ = "refresh_tokens"

    token_hash: str = Field(max_length=64, primary_key=True)
    """SHA-256 in hex."""
    grant_id: UUID = Field(foreign_key="grants.id", index=True)
    issued_at: datetime
    expires_at: datetime = Field(index=True)
    spent_at: datetime | None = None
    successor_seed: str | None = Field(default=None, max_length=64)
    """With the spent token itself it gives its successor again; forgotten when that is spent too."""
    jkt: str | None = Field(default=None, max_length=43)
    """The thumbprint of the one key that it is good with (RFC 9449 §5), for a client without a secret."""


class OpaqueAccessToken(SQLModel, table=True):
    """An access token that says nothing by itself, for clients that were registered so."""

    __tablename__ = "opaque_access_tokens"

    token_hash: str = Field(max_length=64, primary_key=True)
    """SHA-256 in hex."""
    token_id: str = Field(max_length=64)
    client_id: str = Field(foreign_key="clients.client_id", max_length=64)
    sub: str
    scope: str
    audience: str
    issued_at: datetime
    expires_at: datetime = Field(index=True)
    jkt: str | None = Field(default=None, max_length=43)
    """The thumbprint of the one key that it is good with (RFC 9449 §6); None for a bearer token."""


class RevokedAccessToken(SQLModel, table=True):
    """An access token that its client revoked alone (RFC 7009); kept until it would have expired."""

    __tablename__ = "revoked_access_tokens"

    token_id: str = Field(max_length=64, primary_key=True)
    expires_at: datetime = Field(index=True)

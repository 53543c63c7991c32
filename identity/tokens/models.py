"""The table of grants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from profiles.columns import new_id


class Grant(SQLModel, table=True):
    """What one authorization gave: its code until it is spent, then the tokens that came of it.

    ``sid`` is the session client's at the time: a part that ended and was joined again has another one, so
    that an old grant never lives on. Revoking the grant revokes all that came of it.
    """

    __tablename__ = "grants"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code_hash: str = Field(max_length=64, unique=True)
    """SHA-256 of the code, in hex."""
    client_id: str = Field(foreign_key="clients.client_id")
    person_id: UUID = Field(foreign_key="people.id")
    session_client_id: UUID = Field(foreign_key="session_clients.id")
    sid: str
    redirect_uri: str
    scope: str
    nonce: str | None = None
    code_challenge: str | None = None
    """The S256 challenge (RFC 7636); None only for a client that was registered without."""
    acr: str
    amr: list[str] = Field(sa_type=JSON)
    auth_time: datetime
    issued_at: datetime
    expires_at: datetime
    """When the code expires."""
    spent_at: datetime | None = None
    access_token_id: str | None = Field(default=None, max_length=64, unique=True)
    """The access token's ``jti``."""
    revoked_at: datetime | None = None

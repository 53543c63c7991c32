"""Sessions of people at Lanyard, and their part at each client."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from profiles.columns import new_id


class LoginSession(SQLModel, table=True):
    """A person signed in at one browser, until it ends, idles too long or reaches its limit.

    ``token_hash`` is the SHA-256 of the cookie's random token, in hex. ``auth_time`` is when the person last
    proved who they are; ``acr`` and ``amr`` (OpenID Connect Core §2, RFC 8176) say how.
    """

    __tablename__ = "login_sessions"
    __table_args__ = (
        CheckConstraint("idle_expires_at <= expires_at", name="ck_login_sessions_idle_in_limit"),
        Index("ix_login_sessions_upstream_provider_id", "upstream_provider_id", "upstream_sub_hash"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    auth_time: datetime
    acr: str
    amr: list[str] = Field(sa_type=JSON)
    upstream_link_id: UUID | None = Field(default=None, index=True)
    """The account at a department's provider that vouches for the person (``upstream_links``)."""
    upstream_provider_id: UUID | None = None
    """Whose sign-in there opened or confirmed it last, and which session of theirs that was."""
    upstream_sub_hash: str | None = Field(default=None, max_length=64)
    upstream_sid_hash: str | None = Field(default=None, max_length=64, index=True)
    aaguid: str | None = Field(default=None, max_length=36)
    """The model of the authenticator by which it was proved last; None where no passkey was."""
    credentials: list[str] = Field(default_factory=list, sa_type=JSON)
    """What opened and confirmed it, by the names of ``identity.sessions.credentials``."""
    proved_at: datetime
    """When it was begun or last confirmed here; ``auth_time`` is earlier where a department vouches."""
    created_at: datetime
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_reason: str = ""
    user_agent: str = ""


class SessionClient(SQLModel, table=True):
    """A login session in use at one client.

    ``sid`` is random for each pair, so that clients cannot compare notes (OpenID Connect Back-Channel Logout
    §2.1). ``sub`` and ``roles`` are what the client was told last. It stays live when the login session
    merely expires: the app's own session may go on, and the app must still hear when access ends.
    """

    __tablename__ = "session_clients"
    __table_args__ = (UniqueConstraint("session_id", "client_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="login_sessions.id")
    client_id: str
    app_id: UUID = Field(foreign_key="apps.id", index=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    sid: str = Field(unique=True)
    sub: str
    roles: list[str] = Field(sa_type=JSON)
    first_used_at: datetime
    last_used_at: datetime
    ended_at: datetime | None = None
    ended_reason: str = ""

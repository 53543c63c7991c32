"""What people said was not them, for the security officers who look at it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum


class Outcome(StrEnum):
    """What a security officer decided."""

    UNLOCKED = "unlocked"
    """The person holds what was locked, and nobody else."""
    RECOVERY = "recovery"
    """It stays locked; HR helps the person to new ways of signing in."""


class DisownedSession(SQLModel, table=True):
    """A session that its person says was not theirs, and what was locked for it; each is reported once."""

    __tablename__ = "disowned_sessions"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(unique=True)
    """The session itself is forgotten sooner than this."""
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisations.id", index=True)
    """Where the person worked then: its security officers see this."""
    browser: str
    signed_in_at: datetime
    credentials: list[str] = Field(sa_type=JSON)
    """What opened the session, and is locked."""
    by_mail: bool
    """Whether it was reported by the link of a mail, by whoever held it."""
    reported_at: datetime
    closed_at: datetime | None = None
    closed_by: UUID | None = Field(default=None, foreign_key="people.id")
    outcome: Outcome | None = Field(default=None, sa_type=stored_enum(Outcome))

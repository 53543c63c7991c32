"""Recoveries of accounts whose person has lost every way in, and help that is allowed during a move."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel, text

from profiles.columns import new_id, stored_enum


class RecoveryState(StrEnum):
    """Where a recovery stands (``states.py`` says what may follow what)."""

    REQUESTED = "requested"
    """One officer has checked who asks."""
    WAITING = "waiting"
    """So has another. The waiting time runs, or is over and the codes can be used."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    """By an officer."""
    STOPPED = "stopped"
    """By the person, or whoever reads their mail."""
    EXPIRED = "expired"


class IdentityCheck(StrEnum):
    """How an officer made sure of who asks: the published list (docs/guides/recovery.md)."""

    MET_WITH_DOCUMENT = "met_with_document"
    VIDEO_WITH_DOCUMENT = "video_with_document"
    CALLED_BACK = "called_back"
    MANAGER_VOUCHED = "manager_vouched"


class Recovery(SQLModel, table=True):
    """One recovery, from the first officer's check to new credentials or an end without them.

    Each officer's code is kept as the SHA-256 of its letters, in hex; both together are needed.
    """

    __tablename__ = "recoveries"
    __table_args__ = (
        CheckConstraint("confirmed_by <> requested_by", name="two_officers"),
        CheckConstraint("requested_by <> person_id AND confirmed_by <> person_id", name="not_ones_own"),
        Index(
            "ix_recoveries_one_open",
            "person_id",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_recoveries_expiring",
            "expires_at",
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    """Whose officers do it."""
    state: RecoveryState = Field(sa_type=stored_enum(RecoveryState))
    is_open: bool = True
    requested_by: UUID = Field(foreign_key="people.id")
    requested_at: datetime
    request_check: IdentityCheck = Field(sa_type=stored_enum(IdentityCheck))
    confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    confirmed_at: datetime | None = None
    confirm_check: IdentityCheck | None = Field(default=None, sa_type=stored_enum(IdentityCheck))
    replaced: list[str] = Field(default_factory=list, sa_type=JSON)
    """The officers whom somebody else took over from; none of them acts in it again."""
    ready_at: datetime | None = None
    """When the waiting time is over."""
    expires_at: datetime
    """Until when the next step must be taken; all of it ends then."""
    request_code_hash: str | None = Field(default=None, max_length=64)
    confirm_code_hash: str | None = Field(default=None, max_length=64)
    ended_at: datetime | None = None
    ended_by: UUID | None = Field(default=None, foreign_key="people.id")
    """None where a link in a mail, or time, ended it."""


class HelpAllowance(SQLModel, table=True):
    """A security officer lets HR help somebody to a way of signing in while they move, for some days."""

    __tablename__ = "help_allowances"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    """Whose HR it is."""
    allowed_by: UUID = Field(foreign_key="people.id")
    allowed_at: datetime
    expires_at: datetime = Field(index=True)

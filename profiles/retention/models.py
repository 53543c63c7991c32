"""Legal holds, which keep what would be due, and deletions, which two officers decide."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum
from profiles.retention.rules import RetainedKind


class LegalHold(SQLModel, table=True):
    """While it lasts nothing of the person is deleted, wherever it is held; ``kind`` limits it to one kind.

    ``organisation_id`` says whose data protection officer set it: its officers alone know of it.
    """

    __tablename__ = "legal_holds"
    __table_args__ = (
        Index(
            "ix_legal_holds_lasting",
            "person_id",
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id")
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    kind: RetainedKind | None = Field(default=None, sa_type=stored_enum(RetainedKind))
    reason: str
    placed_by: UUID = Field(foreign_key="people.id")
    placed_at: datetime
    lifted_by: UUID | None = Field(default=None, foreign_key="people.id")
    lifted_at: datetime | None = None
    lifted_reason: str = ""


class DeletionState(StrEnum):
    """Where a deletion stands."""

    WAITING = "waiting"
    """For a second officer."""
    CONFIRMED = "confirmed"
    """The worker is at it, or about to be."""
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Deletion(SQLModel, table=True):
    """What was due at one organisation on ``due_on``, by kind, and how much of it is deleted.

    No more of a kind is deleted than was ``expected`` when it was proposed. ``years`` are the periods of that
    day; a longer one that is set meanwhile holds. ``batches`` grows with each, so that each is done once.
    """

    __tablename__ = "deletions"
    __table_args__ = (
        CheckConstraint("confirmed_by <> proposed_by", name="deletion_by_two_officers"),
        Index(
            "ix_deletions_one_open",
            "organisation_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'confirmed')"),
            postgresql_where=text("state IN ('waiting', 'confirmed')"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    due_on: date
    years: dict[str, int] = Field(sa_type=JSON)
    expected: dict[str, int] = Field(sa_type=JSON)
    deleted: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    accounts: int = 0
    batches: int = 0
    state: DeletionState = Field(sa_type=stored_enum(DeletionState))
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    confirmed_by: UUID | None = Field(default=None, foreign_key="people.id")
    confirmed_at: datetime | None = None
    closed_at: datetime | None = None

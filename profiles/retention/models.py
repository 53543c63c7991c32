"""Legal holds, which keep what would be due."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
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

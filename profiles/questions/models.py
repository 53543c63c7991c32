"""A person's question about one release of their data."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id

LONGEST_TEXT = 2000
"""Characters of a question, and of an answer."""


class Question(SQLModel, table=True):
    """Asked of the organisation that ran the app then; answered once, or still waiting.

    ``answer_by`` is the last day, in London, on which an answer is in time.
    """

    __tablename__ = "disclosure_questions"
    __table_args__ = (
        Index(
            "ix_disclosure_questions_open",
            "disclosure_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    disclosure_id: UUID = Field(foreign_key="disclosures.id")
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    words: str
    asked_at: datetime
    answer_by: date
    reminded_at: datetime | None = None
    answer: str | None = None
    answered_by: UUID | None = Field(default=None, foreign_key="people.id")
    answered_at: datetime | None = None

"""A person's concern: about one fact, about something that is not recorded, or a complaint."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum

LONGEST_TEXT = 2000
"""Characters of a concern, and of an answer."""


class ConcernAbout(StrEnum):
    """What a concern is about."""

    WRONG = "wrong"
    """A fact says what is not so (UK GDPR Art 16)."""
    MISSING = "missing"
    """Something is so and not recorded (Art 16)."""
    COMPLAINT = "complaint"
    """How an organisation handles their data (Data Protection Act 2018 s 164A)."""


class ConcernState(StrEnum):
    """What became of it: raised, then one of the others, once."""

    RAISED = "raised"
    PUT_RIGHT = "put_right"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Concern(SQLModel, table=True):
    """Raised with the organisation that answers for it; answered once, or still waiting.

    Of a fact that is wrong, ``version_id`` is the version that the person read. ``answer_by`` is the last
    day, in London, on which an answer is in time: the same day of the next month.
    """

    __tablename__ = "concerns"
    __table_args__ = (
        Index(
            "uq_concerns_raised",
            "fact_id",
            unique=True,
            sqlite_where=text("state = 'raised'"),
            postgresql_where=text("state = 'raised'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    about: ConcernAbout = Field(sa_type=stored_enum(ConcernAbout))
    kind: str | None = Field(default=None, max_length=40)
    fact_id: UUID | None = None
    version_id: UUID | None = None
    words: str
    state: ConcernState = Field(default=ConcernState.RAISED, sa_type=stored_enum(ConcernState))
    raised_at: datetime
    answer_by: date
    reminded_at: datetime | None = None
    answer: str | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_at: datetime | None = None
    """When it was answered or withdrawn."""

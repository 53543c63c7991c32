"""Who employs a person, and where and as what they work."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum
from profiles.temporal import Exclusive, Fact, change_indexes

RESUMES = "resumes:"
"""How the source of what goes on after something temporary begins, before the ``fact_id`` of that."""


class ContractType(StrEnum):
    """How a person is employed."""

    PERMANENT = "permanent"
    FIXED_TERM = "fixed_term"
    CONTRACTOR = "contractor"
    """Works for the organisation without being its employee; clearances may last less long."""


class PostingKind(StrEnum):
    """Home: at the employer. Host: on loan."""

    HOME = "home"
    HOST = "host"


class Employment(Fact, table=True):
    """An employment with one organisation; several at once are possible. ``number`` is the employer's own."""

    __tablename__ = "employments"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("organisation_id", "number")),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    number: str = Field(index=True)
    continuous_service_from: date
    contract_type: ContractType = Field(sa_type=stored_enum(ContractType))


class Posting(Fact, table=True):
    """A post held under an employment (its ``fact_id``); the common grade follows from the local one."""

    __tablename__ = "postings"
    __table_args__ = (
        *change_indexes("postings"),
        Index("ix_postings_organisation_id_valid_to", "organisation_id", "valid_to"),
        Index(
            "ix_postings_host",
            "employment_id",
            sqlite_where=text("kind = 'host'"),
            postgresql_where=text("kind = 'host'"),
        ),
    )
    exclusive: ClassVar[tuple[Exclusive, ...]] = (
        Exclusive(("employment_id",), only=("kind", "home")),
        Exclusive(
            ("employment_id", "organisation_id"),
            only=("kind", "host"),
            refusal="They have a post on loan there at that time already.",
            always_held=False,
        ),
    )

    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    kind: PostingKind = Field(sa_type=stored_enum(PostingKind))
    local_grade: str
    job_title: str
    profession: str = ""
    unit: str = ""
    location: str = ""
    line_manager_id: UUID | None = Field(default=None, foreign_key="people.id")
    required_clearance: str | None = None
    """The level that the post asks for, by its name, as a rule of an app has it."""


class CareerBreak(Fact, table=True):
    """While it is so, the employment (its ``fact_id``) goes on without a post and without pay.

    It opens and closes nothing by itself: post, pay and roles are facts of their own that end when it begins.
    ``return_on`` is the civil day on which the person is expected back; when it passes, nothing happens.
    """

    __tablename__ = "career_breaks"
    exclusive: ClassVar[tuple[Exclusive, ...]] = (Exclusive(("employment_id",)),)

    person_id: UUID = Field(foreign_key="people.id", index=True)
    employment_id: UUID = Field(index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    return_on: date


class CareerBreakReminder(SQLModel, table=True):
    """That HR was told of an expected day of return which passed; once for each such day."""

    __tablename__ = "career_break_reminders"
    __table_args__ = (UniqueConstraint("career_break_id", "return_on"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    career_break_id: UUID
    return_on: date
    reminded_at: datetime

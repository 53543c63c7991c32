"""The release log, and the notices of what is shared that a person has seen."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum
from profiles.disclosure.grounds import Ground


class Disclosure(SQLModel, table=True):
    """One release: which claims (names, never values) went to which app, under which agreement's version.

    Written once per session and set of claims; ``session_reference`` is opaque.
    """

    __tablename__ = "disclosures"
    __table_args__ = (
        UniqueConstraint("session_reference", "app_id", "claims_digest"),
        Index("ix_disclosures_person", "person_id", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id")
    app_id: UUID = Field(foreign_key="apps.id")
    agreement_id: UUID = Field(foreign_key="agreements.id")
    claims: list[str] = Field(sa_type=JSON)
    claims_digest: str
    session_reference: str
    released_at: datetime


class Notice(SQLModel, table=True):
    """A person has seen what an app is told under an agreement; a change of either asks again."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("person_id", "app_id", "digest"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id")
    app_id: UUID = Field(foreign_key="apps.id")
    digest: str
    seen_at: datetime


class ReleaseWithholding(SQLModel, table=True):
    """What one app is told about a person is not shown to them, through the civil day ``until``.

    It holds once a second officer has agreed, and until it ends by itself or is ended; a proposal that is
    withdrawn has ended without. One app and person have one proposal that waits. ``organisation_id`` runs
    the app, and its officers alone know of it and read ``reason``.
    """

    __tablename__ = "release_withholdings"
    __table_args__ = (
        Index(
            "uq_release_withholdings_waiting",
            "person_id",
            "app_id",
            unique=True,
            sqlite_where=text("agreed_at IS NULL AND ended_at IS NULL"),
            postgresql_where=text("agreed_at IS NULL AND ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    app_id: UUID = Field(foreign_key="apps.id")
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    ground: Ground = Field(sa_type=stored_enum(Ground))
    reason: str
    until: date
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    agreed_by: UUID | None = Field(default=None, foreign_key="people.id")
    agreed_at: datetime | None = None
    ended_by: UUID | None = Field(default=None, foreign_key="people.id")
    ended_at: datetime | None = None
    ended_reason: str = ""

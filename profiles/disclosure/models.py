"""The release log, and the notices of what is shared that a person has seen."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from profiles.columns import new_id


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

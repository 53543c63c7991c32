"""A request for what one organisation holds about a person, and what became of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum


class RequestState(StrEnum):
    """Where a request stands. What is ready expires, and can then be asked for again."""

    ASKED = "asked"
    READY = "ready"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class AccessRequest(SQLModel, table=True):
    """What a person asked of one organisation; ``is_lead`` adds what no organisation owns.

    ``due_on`` is the last day, in London, on which an answer is in time. ``content`` is what was released, as
    it was on that day; it is forgotten when the request expires. ``withheld`` counts by ground.
    """

    __tablename__ = "access_requests"
    __table_args__ = (
        Index(
            "uq_access_requests_open",
            "person_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("state IN ('asked', 'ready')"),
            postgresql_where=text("state IN ('asked', 'ready')"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    is_lead: bool
    state: RequestState = Field(sa_type=stored_enum(RequestState))
    asked_at: datetime
    due_on: date
    extended_at: datetime | None = None
    extension_reason: str = ""
    reminded_at: datetime | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_at: datetime | None = None
    refusal_reason: str = ""
    withheld: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    content: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    expires_at: datetime | None = None

"""Changes of what decides who may use an app, and requests of people for roles."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Index, and_, text
from sqlmodel import Field, SQLModel, col

from profiles.columns import new_id, stored_enum

OPEN_FOR = timedelta(days=30)
"""How long a change or a request waits."""


class PolicyKind(StrEnum):
    """What is changed."""

    RULE = "rule"
    GRANT = "grant"
    DELEGATION = "delegation"
    GRADE = "grade"
    PLACE = "place"
    DOMAIN = "domain"
    SUCCESSION = "succession"
    ROLE = "role"
    """In Lanyard itself."""
    REINSTATEMENT = "reinstatement"
    """Of an organisation that is suspended."""


class Action(StrEnum):
    """What is done to it."""

    ADD = "add"
    CHANGE = "change"
    END = "end"


class PolicyState(StrEnum):
    """What became of a change."""

    WAITING = "waiting"
    RECORDED = "recorded"
    REFUSED = "refused"


class PolicyChange(SQLModel, table=True):
    """One change, by whom and why; officers of ``organisation_id`` decide on it.

    ``content`` is what was wanted, as JSON has it; treat it as immutable. ``people`` is whose access it would
    change, as far as was known when it was asked for. What has waited for ``OPEN_FOR`` is approved no
    more.
    """

    __tablename__ = "policy_changes"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: PolicyKind = Field(sa_type=stored_enum(PolicyKind))
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    app_id: UUID | None = Field(default=None, foreign_key="apps.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    content: dict[str, Any] = Field(sa_type=JSON)
    reason: str
    people: int
    state: PolicyState = Field(sa_type=stored_enum(PolicyState))
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_at: datetime | None = None


def still_waits(now: datetime) -> ColumnElement[bool]:
    """Of a change: whether somebody can still approve it at ``now``."""
    return and_(
        col(PolicyChange.state) == PolicyState.WAITING, col(PolicyChange.proposed_at) > now - OPEN_FOR
    )


class RequestState(StrEnum):
    """What became of a request; one that is open after ``expires_at`` counts as expired."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class RoleRequest(SQLModel, table=True):
    """Somebody asks for a role of an app, from a day on and through ``last_day``.

    ``organisation_id`` is the one whose app it is. Of one role a person has one request that is open.
    """

    __tablename__ = "role_requests"
    __table_args__ = (
        Index(
            "uq_role_requests_open",
            "person_id",
            "app_id",
            "role_name",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_role_requests_open",
            "app_id",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="people.id", index=True)
    app_id: UUID = Field(foreign_key="apps.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    role_name: str
    first_day: date
    last_day: date
    reason: str
    asked_at: datetime
    expires_at: datetime
    state: RequestState = Field(sa_type=stored_enum(RequestState))
    answer: str = ""
    answered_by: UUID | None = Field(default=None, foreign_key="people.id")
    answered_at: datetime | None = None

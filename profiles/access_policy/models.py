"""Changes of what decides who may use an app."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum


class PolicyKind(StrEnum):
    """What is changed."""

    RULE = "rule"
    GRANT = "grant"
    DELEGATION = "delegation"


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
    change, as far as was known when it was asked for.
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

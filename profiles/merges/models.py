"""Records that were united, which fact became which, and what officers ask for."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from profiles.columns import new_id, stored_enum
from profiles.errors import Conflict

_OPEN = text("state IN ('proposed', 'merged')")
_WAITS = text("state = 'waiting'")


class MergeState(StrEnum):
    """Where the union of two records stands."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    MERGED = "merged"
    SPLIT = "split"


class Merge(SQLModel, table=True):
    """While it is ``MERGED``, the record of ``merged_id`` is part of ``survivor_id``'s.

    ``merged_id`` is None where an officer answered that somebody whom an import brought is the survivor
    (``duplicate_id``): they had no record yet, and get one when that is taken back. ``source_keys`` are
    pairs of a source and what it calls whoever was merged.
    """

    __tablename__ = "merges"
    __table_args__ = (
        CheckConstraint("merged_id <> survivor_id", name="two_records"),
        Index("uq_merges_open", "merged_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_merges_duplicate", "duplicate_id", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    survivor_id: UUID = Field(foreign_key="people.id", index=True)
    merged_id: UUID | None = Field(default=None, foreign_key="people.id", index=True)
    duplicate_id: UUID | None = None
    source_keys: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    state: MergeState = Field(sa_type=stored_enum(MergeState))
    merged_at: datetime | None = None
    split_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """When two records became one. Raises Conflict before they have."""
        if self.merged_at is None:
            raise Conflict("These records are not united.")
        return self.merged_at


class MergedFact(SQLModel, table=True):
    """What a fact of the merged record became in the survivor's; a fact is about one person for ever.

    One that was not ``carried`` had a fact of the survivor in its place already, which ``became`` names; a
    role has none, and names itself.
    """

    __tablename__ = "merged_facts"

    merge_id: UUID = Field(foreign_key="merges.id", primary_key=True)
    fact_id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=40)
    became: UUID
    carried: bool


class MergeAction(StrEnum):
    """What officers are asked to agree to."""

    MERGE = "merge"
    SPLIT = "split"


class RequestState(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class MergeRequest(SQLModel, table=True):
    """Asked by one officer; done once a second one and a security officer, three people, have agreed.

    They are officers of the organisation that asked. ``seen`` names what was recorded when it was asked for:
    what is done is what was looked at. ``content`` of a split says to whom belongs what was added since;
    treat it as immutable.
    """

    __tablename__ = "merge_requests"
    __table_args__ = (
        Index(
            "uq_merge_requests_waiting",
            "merge_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    merge_id: UUID = Field(foreign_key="merges.id")
    person_id: UUID = Field(foreign_key="people.id", index=True)
    """The survivor."""
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    action: MergeAction = Field(sa_type=stored_enum(MergeAction))
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    seen: str = Field(max_length=64)
    reason: str
    state: RequestState = Field(sa_type=stored_enum(RequestState))
    proposed_by: UUID = Field(foreign_key="people.id")
    proposed_at: datetime
    second_by: UUID | None = Field(default=None, foreign_key="people.id")
    second_at: datetime | None = None
    security_by: UUID | None = Field(default=None, foreign_key="people.id")
    security_at: datetime | None = None
    ended_by: UUID | None = Field(default=None, foreign_key="people.id")
    ended_at: datetime | None = None

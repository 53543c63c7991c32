"""Loads: many facts that arrive together and are seen together, or not at all.

A load writes its facts in short transactions, so that sign-ins go on meanwhile. Each fact names its load, and
no reader sees it before the load is published, which is one UPDATE of one row.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, UniqueConstraint, select, update
from sqlmodel import Field, Session, SQLModel, col

from profiles.columns import new_id
from profiles.errors import Conflict


class Load(SQLModel, table=True):
    """One file's worth of facts for one organisation; ``rows_done`` says where a broken load goes on.

    ``published_at`` is since when readers see its facts; of a load that brings its own history it is the
    first moment of which that tells, so that each of its facts is known since it says so.
    """

    __tablename__ = "loads"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "content_hash"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisations.id")
    kind: str
    content_hash: str
    rows_total: int
    rows_done: int = 0
    started_at: datetime
    published_at: datetime | None = None


def published_loads() -> Select[Any]:
    """The ids of the loads that readers see."""
    return select(col(Load.id)).where(col(Load.published_at).is_not(None))


def advance(session: Session, load: Load, rows_done: int) -> None:
    """Note that rows up to ``rows_done`` are written, in the transaction that wrote them.

    Raises Conflict when somebody else has moved the load on meanwhile.
    """
    moved = session.execute(
        update(Load)
        .where(
            col(Load.id) == load.id,
            col(Load.rows_done) == load.rows_done,
            col(Load.published_at).is_(None),
        )
        .values(rows_done=rows_done)
        .execution_options(synchronize_session="fetch")
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("Another import of the same file is running.")


def publish(session: Session, load_id: UUID, now: datetime) -> None:
    """Show the load's facts to every reader from ``now``. Raises Conflict unless whole and unpublished."""
    shown = session.execute(
        update(Load)
        .where(
            col(Load.id) == load_id,
            col(Load.rows_done) == col(Load.rows_total),
            col(Load.published_at).is_(None),
        )
        .values(published_at=now)
    )
    if shown.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("This import is not complete, or was published already.")

"""What many tests begin with is made once, by our own services, and put into each test's database as rows.

Making two departments, their people and apps takes some hundred statements; putting the same rows there again
takes one for each of some twenty tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlmodel import Session

from app.database import create_engine, transaction
from tests.support.databases import fresh_database
from tests.support.stored_rows import KINDS, Rows

Made = TypeVar("Made")


@dataclass(frozen=True)
class _Taken(Generic[Made]):
    made: Made
    rows: Rows


class Snapshot(Generic[Made]):
    """The rows that ``make`` leaves in an empty database, and what it returns, the same for every test.

    What it returns must be nobody's to change, and belong to no session.
    """

    def __init__(self, make: Callable[[Session, datetime], Made]) -> None:
        self._make = make
        self._taken: dict[tuple[str, datetime], _Taken[Made]] = {}

    def put(self, session: Session, now: datetime) -> Made:
        """Add the rows in this session's transaction, as if ``make`` had been called in it."""
        connection = session.connection()
        kind = connection.dialect.name
        if (kind, now) not in self._taken:
            self._taken[kind, now] = self._take(kind, now)
        taken = self._taken[kind, now]
        for table, rows in taken.rows.items():
            KINDS[kind].insert(connection, table, rows)
        return taken.made

    def _take(self, kind: str, now: datetime) -> _Taken[Made]:
        with fresh_database(kind) as url:
            engine = create_engine(url)
            with transaction(engine) as session:
                made = self._make(session, now)
                session.flush()
                rows = KINDS[kind].read(session.connection())
            engine.dispose()
        return _Taken(made, rows)

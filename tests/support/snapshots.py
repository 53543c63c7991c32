"""What many tests begin with is made once, by our own services, and put into each test's database as rows.

Making two departments, their people and apps takes some hundred statements; putting the same rows there again
takes one for each of some twenty tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection
from sqlmodel import Session

from app.database import create_engine, transaction
from app.migrations.models import metadata
from profiles.versions.models import Version
from tests.support.databases import fresh_database

Made = TypeVar("Made")


@dataclass(frozen=True)
class _Taken(Generic[Made]):
    made: Made
    rows: dict[str, Any]


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
            _KINDS[kind].insert(connection, table, rows)
        return taken.made

    def _take(self, kind: str, now: datetime) -> _Taken[Made]:
        with fresh_database(kind) as url:
            engine = create_engine(url)
            with transaction(engine) as session:
                made = self._make(session, now)
                session.flush()
                # Versions are not copied: triggers write a new one, as after every change.
                names = [table.name for table in metadata().sorted_tables if table is not Version.__table__]  # type: ignore[attr-defined]
                found = {name: _KINDS[kind].select(session.connection(), name) for name in names}
            engine.dispose()
        return _Taken(made, {name: rows for name, rows in found.items() if rows})


class _SQLite:
    """Rows as SQLite keeps them."""

    @staticmethod
    def select(connection: Connection, table: str) -> Any:
        return [tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')]

    @staticmethod
    def insert(connection: Connection, table: str, rows: Any) -> None:
        places = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f'INSERT INTO "{table}" VALUES ({places})', rows)


class _PostgreSQL:
    """A table's rows as the text of one array."""

    @staticmethod
    def select(connection: Connection, table: str) -> Any:
        return connection.exec_driver_sql(f'SELECT array_agg(t)::text FROM "{table}" t').scalar()

    @staticmethod
    def insert(connection: Connection, table: str, rows: Any) -> None:
        connection.exec_driver_sql(
            f'INSERT INTO "{table}" SELECT * FROM unnest(%(rows)s::"{table}"[])', {"rows": rows}
        )


_KINDS: dict[str, Any] = {"sqlite": _SQLite, "postgresql": _PostgreSQL}

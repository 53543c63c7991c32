"""Has PostgreSQL count what an import fills, so that nobody who signs in waits for what it does not know.

How it looks for a row rests on what it has counted, and what a connection has prepared it plans once: a
statement planned while a table was all but empty reads the whole of it when it is full, so that a decision on
access took ten times as long. Where a table is counted, every connection plans anew. PostgreSQL counts by
itself too, but a minute later. SQLite plans by the indexes that there are: counting changed nothing there.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Engine

FIRST_ROWS = 1_000
"""Written to a table: it is counted again whenever they are ten times as many. Fewer PostgreSQL sees to."""


class TableStatistics:
    """The tables that one import fills, by name; each is counted while it grows, and when all is written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rows: Counter[str] = Counter()
        self._next: dict[str, int] = {}

    def written(self, rows: Mapping[str, int]) -> None:
        """So many rows more are committed in each of these tables."""
        self._rows.update(rows)
        grown = [table for table in rows if self._rows[table] >= self._next.get(table, FIRST_ROWS)]
        for table in grown:
            self._next[table] = 10 * self._rows[table]
        self._count(grown)

    def complete(self) -> None:
        """All is written, and about to be seen."""
        self._count([table for table, rows in self._rows.items() if rows >= FIRST_ROWS])

    def _count(self, tables: list[str]) -> None:
        """A table that something else counts or cleans at this moment is left to that."""
        if not tables or self._engine.dialect.name != "postgresql":
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {', '.join(sorted(tables))}")

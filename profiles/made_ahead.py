"""Statements whose values are made before the transaction that runs them, which is all the shorter for it.

On SQLite whoever else writes waits for that transaction, and to make a row's values costs more than to write
it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlmodel import Session

from profiles.prepared import Prepared, at_driver, check_writes, log, translated


@dataclass(frozen=True)
class MadeAhead:
    """One statement for many rows, as the driver of one kind of database takes it; ``copies`` is COPY."""

    text: str
    values: Iterable[Any]
    copies: bool = False

    def run(self, session: Session) -> int:
        """Run it in the transaction of the session; return how many rows it has written.

        Pending objects of the session are not flushed. Raises SQLAlchemy's DBAPIError and its kinds, with no
        value in the text, and RuntimeError in a session that only reads.
        """
        check_writes(session)
        pooled, dialect = at_driver(session)
        log.debug("%s", self.text)
        driver: Any = pooled.dbapi_connection
        try:
            with closing(driver.cursor()) as cursor:
                if self.copies:
                    with cursor.copy(self.text) as copy:
                        for row in self.values:
                            copy.write_row(row)
                else:
                    cursor.executemany(self.text, self.values)
                written: int = cursor.rowcount
        except dialect.loaded_dbapi.Error as error:
            raise translated(error, self.text, dialect, pooled) from None
        return written


def make_ahead(statement: Prepared, dialect: Dialect, rows: Sequence[Mapping[str, Any]]) -> MadeAhead:
    """A statement that changes rows, for each of these parameters; there is one at least."""
    return MadeAhead(*statement.made_ahead(dialect, rows))

"""Many rows of plain values at once, handed straight to the driver.

Plain values are as JSON holds them: ids and bytes in hexadecimal digits, days and instants in ISO 8601. An
object for each id and each instant costs several times what the database does, where rows go by the million.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Dialect, LargeBinary, Table
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.made_ahead import MadeAhead
from profiles.prepared import at_driver

_Convert = Callable[[Any], Any]


def insert_many(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the first one's columns; on PostgreSQL by COPY.

    Raises SQLAlchemy's DBAPIError and its kinds, with no value in the text.
    """
    _, dialect = at_driver(session)
    _insert(table, rows, dialect).run(session)


def insert_ahead(table: Table, rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> MadeAhead:
    """The same, made before the transaction that writes them begins."""
    made = _insert(table, rows, dialect)
    return replace(made, values=list(made.values))


def _insert(table: Table, rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> MadeAhead:
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    text = _text(table.name, columns, len(names), dialect.name)
    copies = dialect.name != "sqlite"
    return MadeAhead(text, _values(table, names, rows, dialect.name), copies=copies)


def _values(
    table: Table, names: Sequence[str], rows: Iterable[Mapping[str, Any]], dialect: str
) -> Iterator[Sequence[Any]]:
    """Each row's values as the driver takes them, in this order; most are the same as in the row."""
    readers = [(place, read) for place, name in enumerate(names) if (read := _reader(table, name, dialect))]
    take = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    for row in rows:
        values = list(take(row))
        for place, read in readers:
            values[place] = read(values[place])
        yield values


def _text(table: str, columns: str, number: int, dialect: str) -> str:
    if dialect == "sqlite":
        marks = ", ".join("?" * number)
        return f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608 - the model's own names
    return f'COPY "{table}" ({columns}) FROM STDIN'


def _reader(table: Table, name: str, dialect: str) -> _Convert | None:
    """What makes of a plain value what the driver stores; None where it is the same."""
    kind = table.c[name].type
    if isinstance(kind, LargeBinary):
        return bytes.fromhex
    if isinstance(kind, JSON):
        return json.dumps
    return _sqlite_instant if dialect == "sqlite" and isinstance(kind, UTCDateTime) else None


@lru_cache(maxsize=4096)
def _sqlite_instant(text: str | None) -> str | None:
    """An instant as SQLAlchemy keeps it on SQLite."""
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

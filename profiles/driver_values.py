"""Values as a driver takes and gives them: as SQLAlchemy converts them, but for moments on SQLite.

Of those there are two dozen a sign-in, and SQLAlchemy takes and makes their text part by part.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect
from sqlmodel.sql.sqltypes import UTCDateTime

Convert = Callable[[Any], Any]
_LENGTH = len("2026-03-02 09:00:00.000000")


def to_driver(element: Any, dialect: Dialect) -> Convert | None:
    """What makes a parameter's value the driver's; None when it is that already."""
    if _is_moment_of_sqlite(element, dialect):
        return _text_of
    found: Convert | None = element.type.dialect_impl(dialect).bind_processor(dialect)
    return found


def from_driver(element: Any, dialect: Dialect) -> Convert | None:
    """What makes the driver's value, which is not NULL, a column's; None when it is that already."""
    if _is_moment_of_sqlite(element, dialect):
        return _moment_of
    found: Convert | None = element.type.dialect_impl(dialect).result_processor(dialect, None)
    return found


def _is_moment_of_sqlite(element: Any, dialect: Dialect) -> bool:
    return isinstance(element.type, UTCDateTime) and dialect.name == "sqlite"


def _text_of(moment: datetime | None) -> str | None:
    """A moment in UTC, as SQLAlchemy writes it. Raises ValueError when it has no time zone."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        if moment.utcoffset() is None:
            raise ValueError("a moment needs its time zone")
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:_LENGTH]


def _moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")

"""Column types and identifiers that every model uses, and how a column is compared with many values."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any
from uuid import UUID

import uuid6
from sqlalchemy import ColumnElement, Enum, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): time-ordered, because indexes over random keys are several times slower."""
    return UUID(int=uuid6.uuid7().int)


def stored_enum(values: type[StrEnum]) -> Any:
    """Store an enumeration as its text, so that adding a value needs no change of a database type."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def is_among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column has one of many values.

    On PostgreSQL they are one array: a text with hundreds of parameters takes the driver longer to make, and
    the server to plan, than the answer to find.
    """
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))  # type: ignore[no-any-return]
    return column.in_(values)  # type: ignore[no-any-return]

"""Column types and identifiers that every model uses."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import uuid6
from sqlalchemy import Enum


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

"""A table of records that a rule is about: how one finds what is over, and what goes with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlmodel import SQLModel

from profiles.retention.rules import Limit, RetainedKind

FindOver = Callable[[Limit, datetime], Select[Any, Any, Any]]
"""The records that were over by a limit, known now: their ``key``, ``person_id``, ``organisation_id``."""
FindPeople = Callable[[Any], Sequence[tuple[Any, ColumnElement[bool]]]]
"""Where it is said whom the record with a key is about: columns of people, each with which rows."""


@dataclass(frozen=True)
class Part:
    """Another table's rows that name a record in a column, or a part of it, and go with it."""

    model: type[SQLModel]
    column: str
    through: tuple[type[SQLModel], str] | None = None
    """The part whose ``id`` the column names, and that part's own column."""


@dataclass(frozen=True)
class Retained:
    """Records of one table. The organisation that it finds for a record decides on its deletion.

    ``key`` is the column by which a record is named: all rows with it are the record, which is a fact with
    all its versions or a single row. ``parts`` are in the order in which they go.
    """

    kind: RetainedKind
    model: type[SQLModel]
    over: FindOver
    key: str = "id"
    parts: tuple[Part, ...] = ()
    people: FindPeople | None = None
    """Whom else it is about: while any of them is held it stays."""

    @property
    def table(self) -> str:
        """The name of the table."""
        return str(self.model.__tablename__)

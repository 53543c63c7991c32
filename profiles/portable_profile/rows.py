"""Facts of every kind in one statement: one question to the database, however many kinds there are.

Each kind is a SELECT of the same slots, a few of every type, into which its columns are laid; all of them
make one UNION, whose rows are then told apart and named again.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Enum,
    Integer,
    Select,
    String,
    Uuid,
    bindparam,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from profiles.portable_profile.kinds import MODELS, Kind
from profiles.prepared import Prepared
from profiles.temporal import as_of

_TYPES: tuple[tuple[str, Any, Any], ...] = (
    ("moment", UTCDateTime, UTCDateTime()),
    ("id", Uuid, Uuid()),
    ("flag", Boolean, Boolean()),
    ("number", Integer, Integer()),
    ("day", Date, Date()),
    ("text", (String, AutoString), String()),
)
"""The name of a slot, the types of columns that it takes, and its own type. An enumeration is a text."""
_VALID_AT, _KNOWN_AT = (cast(datetime, bindparam(name)) for name in ("valid_at", "known_at"))


class _Layout:
    """Where each column of a kind lies, and how a row of the union becomes a row of the kind."""

    def __init__(self, kind: Kind) -> None:
        columns = list(MODELS[kind].__table__.columns)  # type: ignore[attr-defined]
        counters = {name: count() for name, _takes, _type in _TYPES}
        self.by_slot: dict[str, Column[Any]] = {}
        self._converters: list[tuple[str, Callable[[Any], Any] | None]] = []
        for column in columns:
            family = next(name for name, takes, _type in _TYPES if isinstance(column.type, takes))
            slot = f"{family}_{next(counters[family])}"
            self.by_slot[slot] = column
            convert = column.type.enum_class if isinstance(column.type, Enum) else None
            self._converters.append((slot, convert))
        self._row: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
        self._positions: list[tuple[int, Callable[[Any], Any] | None]] = []

    def settle(self, slots: Sequence[str]) -> None:
        """Learn where the slots lie in a row of the union, whose first column is the kind."""
        where = {slot: position for position, slot in enumerate(slots, start=1)}
        self._positions = [(where[slot], convert) for slot, convert in self._converters]

    def read(self, row: Sequence[Any]) -> Any:
        """The row with the columns of the kind's model."""
        return self._row._make(
            row[position] if convert is None or row[position] is None else convert(row[position])
            for position, convert in self._positions
        )


_LAYOUTS: Mapping[str, _Layout] = {kind.value: _Layout(kind) for kind in Kind}
_SLOTS: tuple[str, ...] = tuple(sorted({slot for layout in _LAYOUTS.values() for slot in layout.by_slot}))
_SLOT_TYPES = {name: slot_type for name, _takes, slot_type in _TYPES}
for _layout in _LAYOUTS.values():
    _layout.settle(_SLOTS)


def _part(kind: Kind) -> Select[Any]:
    model, by_slot = MODELS[kind], _LAYOUTS[kind.value].by_slot
    chosen: list[Any] = [literal_column(f"'{kind.value}'", String()).label("what")]
    for slot in _SLOTS:
        slot_type = _SLOT_TYPES[slot.partition("_")[0]]
        found = by_slot.get(slot)
        value = sql_cast(null(), slot_type) if found is None else type_coerce(found, slot_type)
        chosen.append(value.label(slot))
    ours = col(getattr(model, "person_id")) == bindparam("person_id")  # noqa: B009 - not every fact has one
    return select(*chosen).where(ours, as_of(model, _VALID_AT, _KNOWN_AT))


# The first moment of every kind is its ``valid_from``, the first id its own.
_STATEMENT = Prepared(
    union_all(*(_part(kind) for kind in Kind)).order_by(literal_column("moment_0"), literal_column("id_0"))
)


def rows_as_of(
    session: Session, person_id: UUID, valid_at: datetime, known_at: datetime
) -> dict[Kind, Sequence[Any]]:
    """For every kind, what was so at ``valid_at`` as known at ``known_at``, the oldest first.

    Rows have the columns of the kind's model. Pending objects are not flushed.
    """
    where = {"person_id": person_id, "valid_at": valid_at, "known_at": known_at}
    found: dict[str, list[Any]] = {kind.value: [] for kind in Kind}
    for row in _STATEMENT.all(session, where):
        found[row[0]].append(_LAYOUTS[row[0]].read(row))
    return {kind: tuple(found[kind.value]) for kind in Kind}

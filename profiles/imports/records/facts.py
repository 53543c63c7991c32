"""A record as the columns of a fact, and a fact as the fields of a record: in both directions."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Date, LargeBinary, Table, Uuid
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.imports.records.kinds import ORGANISATION, Kind
from profiles.people.service import search_key
from profiles.temporal import civil_date, start_of_day

TIMES = {"valid_from": "valid_from", "valid_to": "valid_until"}


def columns_of(
    kind: Kind, content: Mapping[str, Any], named: Mapping[str, str], codes: Mapping[str, UUID], own: UUID
) -> dict[str, Any]:
    """The fact's own columns and its times, as plain values. ``named`` are the ids of what it refers to."""
    columns: dict[str, Any] = {column: content[field] for column, field in kind.values.items()}
    for one in kind.references:
        key = content[one.field]
        if one.kind == ORGANISATION:
            default = None if kind.without_organisation else own.hex
            columns[one.column] = codes[key].hex if key is not None else default
        else:
            columns[one.column] = named[one.field] if key is not None else None
    if "search_key" in kind.columns:
        names = ("given_names", "middle_names", "family_name", "known_as")
        columns["search_key"] = search_key(*(columns[name] for name in names))
    columns["valid_from"], columns["valid_to"] = content["valid_from"], content["valid_until"]
    return columns


def plain(value: Any) -> Any:
    """A column's value as JSON holds it."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def stored(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as a table's columns hold them."""
    return {
        name: value if value is None or name not in readers else readers[name](value)
        for readers in (_readers(table),)
        for name, value in row.items()
    }


def time_text(at: datetime, *, ends: bool) -> str:
    """An instant as a record writes it: a civil day where it is one, the last one for an end."""
    day = civil_date(at)
    if at != start_of_day(day):
        return at.isoformat().replace("+00:00", "Z")
    return date.fromordinal(day.toordinal() - ends).isoformat()


_BY_TYPE = {
    Uuid: UUID,
    UTCDateTime: datetime.fromisoformat,
    Date: date.fromisoformat,
    LargeBinary: bytes.fromhex,
}
_READERS: dict[str, dict[str, Any]] = {}


def _readers(table: Table) -> dict[str, Any]:
    if table.name not in _READERS:
        _READERS[table.name] = {
            column.name: reader
            for column in table.columns
            for kind, reader in _BY_TYPE.items()
            if isinstance(column.type, kind)
        }
    return _READERS[table.name]


def find_id(key: str) -> UUID | None:
    """The id that a key is, of what Lanyard has exported; None for what others call a thing."""
    try:
        found = UUID(key)
    except ValueError:
        return None
    return found if str(found) == key else None

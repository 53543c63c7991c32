"""Facts of several kinds in one statement: for each kind a SELECT of the same columns, all in one UNION."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
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
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.temporal import Fact, known_of_few

KNOWN_AT = cast(datetime, bindparam("known_at"))
# What all kinds have in common; each uses the others as it needs them, and leaves the rest empty.
_COLUMNS: dict[str, Any] = {
    "id": Uuid(),
    "valid_from": UTCDateTime(),
    "valid_to": UTCDateTime(),
    "id_1": Uuid(),
    "id_2": Uuid(),
    "text_1": String(),
    "text_2": String(),
    "text_3": String(),
    "text_4": String(),
    "day": Date(),
    "day_2": Date(),
}


def part(what: str, **columns: Any) -> Select[Any]:
    """A SELECT that begins with ``what`` and has the common columns, of which these are not empty."""
    chosen: list[ColumnElement[Any]] = [literal_column(f"'{what}'", String()).label("what")]
    for name, kind in _COLUMNS.items():
        value = type_coerce(columns[name], kind) if name in columns else sql_cast(null(), kind)
        chosen.append(value.label(name))
    return select(*chosen)


def facts_of_person(what: str, model: type[Fact], **columns: str) -> Select[Any]:
    """A person's facts of one kind as known at ``known_at``; the person is the parameter ``person_id``."""
    named = {"id": "id", "valid_from": "valid_from", "valid_to": "valid_to"} | columns
    ours = col(getattr(model, "person_id")) == bindparam("person_id")  # noqa: B009 - not every fact has one
    chosen = {name: col(getattr(model, column)) for name, column in named.items()}
    return part(what, **chosen).where(ours, known_of_few(model, KNOWN_AT))


def together(*parts: Select[Any]) -> CompoundSelect[Any]:
    """All of them, in no order, which SQLite would make of each part anew.

    The first must be of a kind of fact: its types are those of the rows.
    """
    return union_all(*parts)

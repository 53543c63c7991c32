"""What was to begin after a move of many, taken over by its plan: how it goes on when nobody moves."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, or_, select, tuple_
from sqlmodel import Session

from profiles.bulk_moves.planned import Row, is_in_place_of, key_of, sooner
from profiles.temporal import Exclusive, Fact, rule_of

_OF_THE_VERSION = {
    "id",
    "fact_id",
    "recorded_at",
    "recorded_by",
    "superseded_at",
    "superseded_by",
    "source",
    "reason",
    "load_id",
}
_OF_THE_PLACE = {"employment_id", "organisation_id"}


def begins_there(table: Table, source: str, reason: str, starts_at: datetime) -> ColumnElement[bool]:
    """The versions with which a plan lets something begin, superseded or not."""
    return and_(table.c.source == source, table.c.reason == reason, table.c.valid_from >= starts_at)


def changed_since(
    table: Table, person_ids: Collection[UUID], source: str, reason: str, starts_at: datetime
) -> ColumnElement[bool]:
    """What others have recorded of that since: it begins there no more than the rest."""
    begun = select(table.c.fact_id).where(
        begins_there(table, source, reason, starts_at), table.c.person_id.in_(list(person_ids))
    )
    return and_(
        table.c.superseded_at.is_(None),
        or_(table.c.source != source, table.c.reason != reason),
        table.c.fact_id.in_(begun),
    )


def as_corrected(
    model: type[Fact],
    taken: Sequence[Row],
    begun: Sequence[Row],
    now_so: Sequence[Row],
    meanwhile: Sequence[Row],
) -> list[Row]:
    """What was taken over, under the old employment and as it is known now; without what was withdrawn.

    ``begun`` is with what the plan replaced it, and ``now_so`` what is known of that. What something else
    holds the place of by now, of ``meanwhile``, does not begin.
    """
    current = {row["fact_id"]: row for row in now_so}
    found: list[Row] = []
    for was in taken:
        made = next((one for one in begun if _replaces(one, was)), None)
        so = current.get(made["fact_id"]) if made is not None else None
        if made is None or so is None:
            continue
        kept = _OF_THE_VERSION | _OF_THE_PLACE
        row = was if _says(so) == _says(made) else so | {name: was[name] for name in kept if name in was}
        if not any(is_in_place_of(model, one, row) for one in meanwhile):
            found.append(row)
    return found


def until_the_next(
    session: Session, model: type[Fact], rows: Sequence[Row], starts_at: datetime
) -> list[Row]:
    """The rows, none of which reaches into what has been recorded meanwhile in its place."""
    ends: dict[UUID, datetime] = {}
    for rule in model.exclusive:
        asked = [row for row in rows if rule_of(model, row.__getitem__) is rule]
        begins = _begins(session, model, rule, asked, starts_at)
        for row in asked:
            if later := [at for at in begins.get(key_of(rule, row), ()) if at > row["valid_from"]]:
                ends[row["id"]] = min(later)
    return [row | {"valid_to": sooner(row["valid_to"], ends.get(row["id"]))} for row in rows]


def _begins(
    session: Session, model: type[Fact], rule: Exclusive, rows: Sequence[Row], starts_at: datetime
) -> dict[tuple[Any, ...], list[datetime]]:
    """When something else begins, from the start of the move on, in the place of which of these rows."""
    if not rows:
        return {}
    table: Table = model.__table__  # type: ignore[attr-defined]
    columns: list[Any] = [table.c[name] for name in rule.compared]
    query = select(*columns, table.c.valid_from).where(
        tuple_(*columns).in_({key_of(rule, row) for row in rows}),
        table.c.superseded_at.is_(None),
        table.c.valid_from >= starts_at,
    )
    begins: dict[tuple[Any, ...], list[datetime]] = {}
    for *key, at in session.connection().execute(query):
        begins.setdefault(tuple(key), []).append(at)
    return begins


def _replaces(made: Row, was: Row) -> bool:
    same_plan = made["recorded_at"] == was["superseded_at"] and made["person_id"] == was["person_id"]
    return same_plan and _says(made) == _says(was)


def _says(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _OF_THE_VERSION | _OF_THE_PLACE}

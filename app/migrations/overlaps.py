"""What a migration does with facts that overlap already, where a rule comes that they may not.

Facts that say the same are one that was recorded twice: the time that another of them covers is taken out of
the later one, so that all together cover what they did and nobody gains or loses anything by it. What was
believed before stays readable: a version is superseded, and one with a shorter time stands in its place. Of
facts that say different things, and of what an unfinished import has written, only somebody can tell which is
right: they are named, and the migration changes nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.columns import new_id
from profiles.errors import Conflict

MOST_NAMED = 50
_LOADS = sa.table("loads", sa.column("id", sa.Uuid()), sa.column("published_at", UTCDateTime()))
_NAMES = sa.table(
    "organisation_details",
    sa.column("organisation_id", sa.Uuid()),
    sa.column("name"),
    sa.column("valid_from", UTCDateTime()),
    sa.column("superseded_at", UTCDateTime()),
)
_KINDS = ("kind", "role", "role_name")
"""The columns that say what a record is, without saying whose."""
_MOMENTS = ("valid_from", "valid_to", "recorded_at", "superseded_at")
_IDS = ("id", "fact_id", "recorded_by", "superseded_by", "load_id")
_WORDS = ("source", "reason")


def facts_table(name: str, *ids: str, **others: Any) -> sa.TableClause:
    """A table of facts as a migration sees it, with these columns beside those that all have."""
    columns: list[sa.ColumnClause[Any]] = [sa.column(one, sa.Uuid()) for one in (*_IDS, *ids)]
    columns += [sa.column(one, UTCDateTime()) for one in _MOMENTS]
    columns += [sa.column(one, sa.String()) for one in _WORDS]
    return sa.table(name, *columns, *(sa.column(one, kind) for one, kind in others.items()))


def take_out(
    table: sa.TableClause, same: Sequence[str], says: Sequence[str] = (), only: tuple[str, str] | None = None
) -> list[str]:
    """Leave no two current versions that agree in ``same`` over the same time, where they agree in ``says``.

    The first of ``same`` is never NULL. Return a line for each two of the others: which records they are, of
    what and where and when, and nothing that says whose.
    """
    bind, now = op.get_bind(), datetime.now(UTC)
    unfinished = set(bind.scalars(sa.select(_LOADS.c.id).where(_LOADS.c.published_at.is_(None))))
    named: list[str] = []
    for rows in _overlapping(bind, table, same, only):
        kept = rows[0]
        for row in rows[1:]:
            until = kept["valid_to"]
            if until is not None and row["valid_from"] >= until:
                kept = row
            elif any(row[one] != kept[one] for one in says) or {row["load_id"], kept["load_id"]} & unfinished:
                named.append(f"{_described(bind, table, kept)}: {_dated(kept)} and {_dated(row)}")
                kept = max(kept, row, key=_end)
            elif _end(row) <= _end(kept):
                _supersede(bind, table, row, now)
            else:
                _supersede(bind, table, row, now)
                kept = row | {"id": new_id(), "valid_from": until, "recorded_at": now, "load_id": None}
                bind.execute(sa.insert(table).values(kept))
    return named


def refuse(named: Sequence[str]) -> None:
    """Raise Conflict that names what is left, if anything is."""
    if not named:
        return
    more = [f"and {len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else []
    raise Conflict(
        "These records cover the same time and say different things, or belong to an import that is not"
        " finished. Nothing was changed. With the version of Lanyard that you had, let imports finish and"
        " end or correct one of each two, then migrate again:\n" + "\n".join([*named[:MOST_NAMED], *more])
    )


def _overlapping(
    bind: sa.Connection, table: sa.TableClause, same: Sequence[str], only: tuple[str, str] | None
) -> Iterator[list[dict[str, Any]]]:
    """The current versions that agree, where two overlap: the earliest first, of these the longest."""
    one, other = table.alias("one"), table.alias("other")
    asked = [_applies(some, only) for some in (one, other)]
    # By IS NOT DISTINCT FROM alone PostgreSQL cannot join but by comparing every row with every other one.
    agree = [one.c[same[0]] == other.c[same[0]]]
    agree += [one.c[column].is_not_distinct_from(other.c[column]) for column in same[1:]]
    found = (
        sa.select(*(one.c[column] for column in same))
        .distinct()
        .where(
            *asked,
            *agree,
            one.c.id < other.c.id,
            sa.or_(one.c.valid_to.is_(None), one.c.valid_to > other.c.valid_from),
            sa.or_(other.c.valid_to.is_(None), other.c.valid_to > one.c.valid_from),
        )
    )
    for values in bind.execute(found).all():
        these = [
            table.c[column].is_not_distinct_from(value) for column, value in zip(same, values, strict=True)
        ]
        held = sa.select(table).where(_applies(table, only), *these)
        rows = [dict(row) for row in bind.execute(held.order_by(table.c.id)).mappings()]
        longest_first = sorted(rows, key=_end, reverse=True)
        yield sorted(longest_first, key=lambda row: row["valid_from"])


def _applies(table: Any, only: tuple[str, str] | None) -> sa.ColumnElement[bool]:
    current: sa.ColumnElement[bool] = table.c.superseded_at.is_(None)
    return current if only is None else sa.and_(current, table.c[only[0]] == only[1])


def _end(row: dict[str, Any]) -> datetime:
    end: datetime | None = row["valid_to"]
    return end or datetime.max.replace(tzinfo=UTC)


def _described(bind: sa.Connection, table: sa.TableClause, row: dict[str, Any]) -> str:
    """What it is and at which organisation; nobody is named, the ids lead to whose it is."""
    what = " ".join(str(row[one]) for one in _KINDS if row.get(one) is not None)
    found = [table.name, f"({what})"] if what else [table.name]
    if row.get("organisation_id") is not None:
        newest = sa.select(_NAMES.c.name).where(
            _NAMES.c.organisation_id == row["organisation_id"], _NAMES.c.superseded_at.is_(None)
        )
        name = bind.scalar(newest.order_by(_NAMES.c.valid_from.desc()).limit(1))
        found.append(f"at {name or row['organisation_id']}")
    return " ".join(found)


def _dated(row: dict[str, Any]) -> str:
    until = row["valid_to"]
    return f"{row['id']} (from {row['valid_from']:%Y-%m-%d}{f' to {until:%Y-%m-%d}' if until else ''})"


def _supersede(bind: sa.Connection, table: sa.TableClause, row: dict[str, Any], now: datetime) -> None:
    bind.execute(sa.update(table).where(table.c.id == row["id"]).values(superseded_at=now))

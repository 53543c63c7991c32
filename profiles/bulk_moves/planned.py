"""What a bulk move plans for people: read for many, written for a few at a time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from profiles.columns import new_id
from profiles.imports.records.facts import plain
from profiles.temporal import Exclusive, Fact, rule_of

Row = dict[str, Any]


@dataclass(frozen=True)
class Moving:
    """One person of a batch: the employment that ends, and the number of the new one."""

    member_id: UUID
    person_id: UUID
    employment_id: UUID
    new_number: str
    new_employment_id: UUID = field(default_factory=new_id)


@dataclass
class Change:
    """What changes of one kind of fact of one person: versions that end, and rows to insert."""

    ending: list[UUID] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


@dataclass
class Planned:
    """What a plan changes, by the kind of fact and the person: read for many, written for a few at a time."""

    changes: dict[type[Fact], dict[UUID, Change]] = field(default_factory=dict)


def is_in_place_of(model: type[Fact], one: Row, other: Row) -> bool:
    """Whether one of two facts, of which there is one at a time, is so when the other would begin."""
    same = place_of(model, one) == place_of(model, other)
    lasts = one["valid_to"] is None or one["valid_to"] > other["valid_from"]
    return bool(same and one["valid_from"] <= other["valid_from"] and lasts)


def key_of(rule: Exclusive, row: Row) -> tuple[Any, ...]:
    """In what a fact agrees with those that exclude it."""
    return tuple(row[name] for name in rule.compared)


def place_of(model: type[Fact], row: Row) -> Any:
    """What only one can hold at a time: two that several places gave become one there."""
    rule = rule_of(model, row.__getitem__)
    return row["id"] if rule is None else key_of(rule, row)


def longer(row: Row, other: Row | None) -> Row:
    """The one that lasts longer."""
    if other is None:
        return row
    return max((other, row), key=lambda one: one["valid_to"] or datetime.max.replace(tzinfo=UTC))


def sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier end; None where there is none."""
    return min((at for at in (one, other) if at is not None), default=None)


def as_plain(row: Row) -> Row:
    """A row as it is written for many at once."""
    return {name: plain(value) for name, value in row.items()}

"""A profile as an object for programs: the same names in the API, in commands and in exports.

Days are civil, in London; ``until`` is the last. Ids of people are left out: they are never told.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.entitlements.service import rules_of, surroundings_of
from profiles.organisations.offices import find_office, lines_of
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.reading import Profile
from profiles.temporal import INSTANT, Fact, civil_date

_OF_TIME_AND_PEOPLE = frozenset({*Fact.model_fields, "person_id", "line_manager_id", "approved_by"})
_NAMED: Mapping[str, str] = MappingProxyType(
    {"organisation_id": "organisation", "app_id": "app", "office_id": "office", "search_key": ""}
)
"""What is told under another name, by a name that people know; nothing is told under an empty one."""


def columns_of(kind: Kind) -> tuple[str, ...]:
    """The columns of a kind that say something, by the names of the model."""
    fields = MODELS[kind].model_fields
    return tuple(one for one in fields if one not in _OF_TIME_AND_PEOPLE and _NAMED.get(one, one))


def told_as(column: str) -> str:
    """The name under which a column is told."""
    return _NAMED.get(column, column)


def as_object(
    session: Session, profile: Profile, kinds: Collection[Kind] = tuple(Kind), *, with_obstacles: bool = True
) -> dict[str, Any]:
    """The profile, each of these kinds as a list of its facts.

    Why something was recorded, and why a clearance cannot be used, is nobody's business but the person's own:
    apps get no ``reason`` and no ``obstacle``.
    """
    judged = profile.judged()
    told: dict[str, Any] = {
        "valid_at": instant(profile.valid_at),
        "known_at": instant(profile.known_at),
    }
    for kind in (one for one in Kind if one in kinds):
        facts = [_fact(session, profile, kind, row) for row in profile.facts[kind]]
        if with_obstacles:
            for fact, row in zip(facts, profile.facts[kind], strict=True):
                fact["reason"] = row.reason
        if kind is Kind.CLEARANCE:
            for fact, row in zip(facts, profile.facts[kind], strict=True):
                obstacle = judged[row.fact_id].obstacle
                fact["usable"] = obstacle is None
                if with_obstacles:
                    fact["obstacle"] = obstacle.value if obstacle else None
        told[name_of(kind)] = facts
    return told


def name_of(kind: Kind) -> str:
    """The member that holds the facts of a kind."""
    return kind.value.replace("-", "_")


def instant(at: datetime) -> str:
    """An instant in UTC (RFC 3339)."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _fact(session: Session, profile: Profile, kind: Kind, row: Any) -> dict[str, Any]:
    told = {
        "id": str(row.fact_id),
        "from": civil_date(row.valid_from).isoformat(),
        "until": civil_date(row.valid_to - INSTANT).isoformat() if row.valid_to else None,
        "recorded_at": instant(row.recorded_at),
        "source": row.source.partition(":")[0],
    }
    for column in columns_of(kind):
        told[told_as(column)] = _value(session, profile, column, getattr(row, column))
    return told


def _value(session: Session, profile: Profile, column: str, value: Any) -> Any:
    if value is None:
        return None
    if column == "organisation_id":
        around = profile.surroundings
        if not around.code_of(value):
            around = surroundings_of(session, {value}, profile.known_at, labels=())
        return around.code_of(value)
    if column == "app_id":
        return rules_of(session, value, profile.known_at).app_name
    if column == "office_id":
        office = find_office(session, value, profile.valid_at)
        return lines_of(office) if office else None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value

"""What is due on a day, in numbers; nothing is deleted, and nobody is named."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from profiles.retention.events import EVENTS
from profiles.retention.facts import FACTS
from profiles.retention.models import LegalHold
from profiles.retention.records import Retained
from profiles.retention.rules import RetainedKind, limit_of

RECORDS: tuple[Retained, ...] = (*FACTS, *EVENTS)
"""What ``profiles`` keeps. What signing in keeps is added by ``app.retention``."""

Years = Mapping[RetainedKind, int]


@dataclass(frozen=True)
class DueCount:
    """How many records of a kind are due at an organisation, and how many more its own holds keep."""

    organisation_id: UUID
    kind: RetainedKind
    due: int
    held: int


def count_due(
    session: Session,
    records: Sequence[Retained],
    years: Years,
    organisation_ids: Collection[UUID],
    day: date,
    now: datetime,
) -> list[DueCount]:
    """What the rules make due by the start of ``day``, by kind and organisation, as we know it now.

    What a hold of another organisation keeps is not due and not told: nobody learns of it.
    """
    parts = [_labelled(one, years, day, now) for one in records]
    found = union_all(*parts).subquery("found")
    person, kind = found.c.person_id, found.c.kind
    ours = _held(person, kind, col(LegalHold.organisation_id).in_(organisation_ids))
    due, held = (func.sum(case((one, 1), else_=0)) for one in (~_held(person, kind), ours))
    query = (
        select(found.c.organisation_id, kind, due, held)
        .where(found.c.organisation_id.in_(organisation_ids))
        .group_by(found.c.organisation_id, kind)
    )
    counts = [
        DueCount(one[0], RetainedKind(one[1]), int(one[2]), int(one[3])) for one in session.execute(query)
    ]
    order = {one: place for place, one in enumerate(RetainedKind)}
    return sorted((one for one in counts if one.due or one.held), key=lambda one: order[one.kind])


def keys_due(
    session: Session,
    one: Retained,
    years: Years,
    organisation_id: UUID,
    day: date,
    now: datetime,
    *,
    except_of: Collection[UUID],
    limit: int,
) -> Sequence[Any]:
    """The keys and people of at most ``limit`` records that are due and not held, of others than these."""
    found = one.over(limit_of(one.kind, years, day), now).subquery("found")
    query = (
        select(found.c.key, found.c.person_id)
        .where(
            found.c.organisation_id == organisation_id,
            ~_held(found.c.person_id, literal(one.kind.value, String())),
            or_(found.c.person_id.is_(None), found.c.person_id.not_in(except_of)),
        )
        .order_by(found.c.key)
        .limit(limit)
    )
    return session.execute(query).all()


def _labelled(one: Retained, years: Years, day: date, now: datetime) -> Select[Any, Any, Any]:
    found = one.over(limit_of(one.kind, years, day), now).subquery()
    kind = cast(literal(one.kind.value), String()).label("kind")
    return select(kind, found.c.person_id, found.c.organisation_id)


def _held(person_id: Any, kind: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a hold that lasts keeps this kind of record of this person."""
    return exists().where(
        and_(
            col(LegalHold.person_id) == person_id,
            col(LegalHold.lifted_at).is_(None),
            or_(col(LegalHold.kind).is_(None), cast(col(LegalHold.kind), String()) == kind),
            *conditions,
        )
    )

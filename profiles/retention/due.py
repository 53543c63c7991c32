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

from profiles.merges.models import Merge, MergeState
from profiles.retention.events import EVENTS
from profiles.retention.facts import FACTS
from profiles.retention.kept import is_disputed, recorded_since
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
    *,
    except_of: Collection[UUID] = (),
    proposed_at: datetime | None = None,
) -> list[DueCount]:
    """What the rules make due by the start of ``day``, by kind and organisation, as we know it now.

    What a hold of another organisation keeps is not due and not told: nobody learns of it. ``except_of`` are
    people whose records do not count. With ``proposed_at`` it counts what ``keys_due`` would find.
    """
    parts = [_labelled(one, years, day, now, proposed_at) for one in records]
    found = union_all(*parts).subquery("found")
    person, kind = found.c.person_id, found.c.kind
    ours = is_held(person, kind, col(LegalHold.organisation_id).in_(organisation_ids))
    free = ~is_held(person, kind, proposed_at=proposed_at)
    due, held = (func.sum(case((one, 1), else_=0)) for one in (free, ours))
    query = (
        select(found.c.organisation_id, kind, due, held)
        .where(found.c.organisation_id.in_(organisation_ids), or_(person.is_(None), person.not_in(except_of)))
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
    proposed_at: datetime,
    limit: int,
    among: Collection[UUID] | None = None,
) -> Sequence[Any]:
    """The keys and people of at most ``limit`` records that are due, of others than these.

    What was held when their deletion was proposed, or since, is not found, nor what was recorded since.
    ``among`` are the only keys to ask about.
    """
    found = one.over(limit_of(one.kind, years, day), now).subquery("found")
    query = (
        select(found.c.key, found.c.person_id)
        .where(
            found.c.organisation_id == organisation_id,
            ~is_held(found.c.person_id, literal(one.kind.value, String()), proposed_at=proposed_at),
            ~_stays(one, found.c.key, proposed_at),
            or_(found.c.person_id.is_(None), found.c.person_id.not_in(except_of)),
        )
        .order_by(found.c.key)
        .limit(limit)
    )
    if among is not None:
        query = query.where(found.c.key.in_(among))
    return session.execute(query).all()


def _labelled(
    one: Retained, years: Years, day: date, now: datetime, proposed_at: datetime | None
) -> Select[Any, Any, Any]:
    found = one.over(limit_of(one.kind, years, day), now).subquery()
    kind = cast(literal(one.kind.value), String()).label("kind")
    return select(kind, found.c.person_id, found.c.organisation_id).where(
        ~_stays(one, found.c.key, proposed_at)
    )


def _stays(one: Retained, key: Any, proposed_at: datetime | None) -> ColumnElement[bool]:
    """Whether something else than a hold of its own person keeps a record; nobody is told what."""
    reasons = [is_disputed(one, key)]
    if proposed_at is not None:
        reasons.append(recorded_since(one, key, proposed_at))
    if one.people is not None:
        of_any_kind = cast(col(LegalHold.kind), String())
        reasons += [
            exists().where(rows, is_held(person_id, of_any_kind, proposed_at=proposed_at))
            for person_id, rows in one.people(key)
        ]
    return or_(*reasons)


def is_held(
    person_id: Any, kind: Any, *conditions: ColumnElement[bool], proposed_at: datetime | None = None
) -> ColumnElement[bool]:
    """Whether a hold keeps this kind of record of this person, or of whom they are one with.

    It lasts, or was lifted after ``proposed_at``. One that was placed while two were one goes on for both
    after a split: nobody knows whom it was for.
    """
    lasts: ColumnElement[bool] = col(LegalHold.lifted_at).is_(None)
    if proposed_at is not None:
        lasts = or_(lasts, col(LegalHold.lifted_at) > proposed_at)
    lasts = and_(
        lasts,
        or_(col(LegalHold.kind).is_(None), cast(col(LegalHold.kind), String()) == kind),
        *conditions,
    )
    placed_at = col(LegalHold.placed_at)
    united = or_(
        col(Merge.state) == MergeState.MERGED,
        and_(
            col(Merge.state) == MergeState.SPLIT,
            col(Merge.merged_at) <= placed_at,
            placed_at < col(Merge.split_at),
        ),
    )
    survivor_id, merged_id = col(Merge.survivor_id), col(Merge.merged_id)
    return or_(
        exists().where(col(LegalHold.person_id) == person_id, lasts),
        exists().where(merged_id == person_id, united, col(LegalHold.person_id) == survivor_id, lasts),
        exists().where(survivor_id == person_id, united, col(LegalHold.person_id) == merged_id, lasts),
    )

"""Takes facts from one record to another: superseded here, recorded there under an id of its own."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from profiles.employments.models import Posting
from profiles.errors import Conflict
from profiles.people.models import SensitiveMark
from profiles.portable_profile.kinds import MODELS
from profiles.roles.models import RoleAssignment
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact, excluding, history, known, record, supersede

SUSPENSION, MARK = "suspension", "sensitive-mark"
CARRIED: Mapping[str, type[Fact]] = {
    **{kind.value: model for kind, model in MODELS.items()},
    SUSPENSION: AccountSuspension,
    MARK: SensitiveMark,
}
"""Every kind of fact about a person, those that others name before those that name them."""
PARENTS = ("employment_id", "clearance_id")
_OF_THE_VERSION = {"id", "recorded_at", "recorded_by", "superseded_at", "superseded_by", "load_id"}
_NAMED_BY_OTHERS: tuple[tuple[Any, str], ...] = (
    (Posting, "line_manager_id"),
    (RoleAssignment, "deputy_of"),
)


@dataclass(frozen=True)
class Carried:
    """A version of a fact, as a copy that belongs to no session, and its kind."""

    kind: str
    fact: Fact

    @property
    def parent(self) -> UUID | None:
        """The employment or clearance that it is a part of."""
        return next((getattr(self.fact, one) for one in PARENTS if hasattr(self.fact, one)), None)


def facts_of(session: Session, person_id: UUID, known_at: datetime) -> list[Carried]:
    """All that was known of a person, past, present and to come."""
    return [
        Carried(kind, model(**one.model_dump()))
        for kind, model in CARRIED.items()
        for one in history(session, model, known_at, person_id=person_id)
    ]


def digest_of(facts: Iterable[Carried]) -> str:
    """Names exactly these versions."""
    ids = sorted(one.fact.id.hex for one in facts)
    return hashlib.sha256("".join(ids).encode()).hexdigest()


def content_of(fact: Fact) -> dict[str, Any]:
    """What a version says, whenever it was recorded."""
    return fact.model_dump(exclude=_OF_THE_VERSION)


def close(session: Session, facts: Iterable[Carried], now: datetime, by: UUID) -> None:
    """Supersede these versions. Raises Conflict when somebody has changed one meanwhile."""
    session.flush()
    for one in facts:
        model = type(one.fact)
        closed = session.execute(
            update(model)
            .where(col(model.id) == one.fact.id, col(model.superseded_at).is_(None))
            .values(superseded_at=now, superseded_by=by)
            .execution_options(synchronize_session=False)
        )
        if closed.rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict("A record was changed meanwhile. Look at it again.")
    session.expire_all()


def copied(one: Carried, now: datetime, by: UUID, ids: Mapping[UUID, UUID], person_id: UUID) -> Fact:
    """The same said now of a person; ``ids`` are what facts are called in that person's record.

    Source and reason stay: why it is so has not changed.
    """
    values = content_of(one.fact) | {"person_id": person_id, "recorded_at": now, "recorded_by": by}
    for column in ("fact_id", *PARENTS):
        if column in values:
            values[column] = ids.get(values[column], values[column])
    return type(one.fact)(**values)


def put(session: Session, fact: Fact) -> None:
    """Record a fact. Raises Conflict when it overlaps another."""
    record(session, fact)


def standing_in_for(fact: Fact, others: Iterable[Fact]) -> Fact | None:
    """The one of a person's facts that holds when this one does, where only one can be so of a person."""
    same = excluding(fact)
    if "person_id" not in same:
        return None
    del same["person_id"]
    for other in others:
        agrees = type(other) is type(fact) and same.items() <= excluding(other).items()
        if agrees and _overlap(fact, other):
            return other
    return None


def rename(session: Session, before: UUID, after: UUID, now: datetime, by: UUID) -> set[UUID]:
    """Let others' facts that name one person name the other; return whose facts these are.

    It is so of their line manager, and of the officer whose deputy they are; what is over stays as it is.
    """
    touched: set[UUID] = set()
    for model, column in _NAMED_BY_OTHERS:
        named = select(model).where(known(model, now), col(getattr(model, column)) == before)
        for one in session.exec(named).all():
            goes_on = one.valid_to is None or one.valid_to > now
            if goes_on and one.person_id != after:
                touched |= _name(session, one, column, after, now, by)
    return touched


def name_back(
    session: Session, survivor_id: UUID, other_id: UUID, merged_at: datetime, now: datetime, by: UUID
) -> set[UUID]:
    """Undo ``rename`` where it was not changed since; return whose facts these are."""
    touched: set[UUID] = set()
    for model, column in _NAMED_BY_OTHERS:
        renamed = select(model.fact_id).where(
            col(getattr(model, column)) == other_id, col(model.superseded_at) == merged_at
        )
        named = select(model).where(
            known(model, now), col(getattr(model, column)) == survivor_id, col(model.fact_id).in_(renamed)
        )
        for one in session.exec(named).all():
            touched |= _name(session, one, column, other_id, now, by)
    return touched


def _name(
    session: Session,
    one: Posting | RoleAssignment,
    column: str,
    person_id: UUID,
    now: datetime,
    by: UUID,
) -> set[UUID]:
    copy = type(one)(**(content_of(one) | {column: person_id, "recorded_at": now, "recorded_by": by}))
    whose = one.person_id
    supersede(session, one, now, by)
    try:
        record(session, copy)
    except Conflict:
        words = "Somebody is a deputy of both of these people. One of the two must end that deputyship first."
        raise Conflict(words) from None
    return {whose}


def _overlap(one: Fact, other: Fact) -> bool:
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )

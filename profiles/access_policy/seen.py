"""What an officer may know of whom a change touches: names of their own organisations' people, else numbers.

Nobody is named by a high clearance, and whoever is marked sensitive is in no list.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from profiles.access_policy.foreseen import Foreseen, Turn
from profiles.employments.models import Posting
from profiles.entitlements.preview import Change
from profiles.people.models import PersonName
from profiles.people.sensitive import is_listed
from profiles.temporal import as_of

MOST_NAMED = 200


@dataclass(frozen=True)
class NamedTurn:
    """Somebody of the officer's own organisations, and what happens to their access."""

    turn: Turn
    name: str


@dataclass(frozen=True)
class TurnsSeen:
    """How many people of each organisation, by what happens; and the first of those who may be named."""

    numbers: Mapping[UUID, Counter[Change]] = field(default_factory=dict)
    named: tuple[NamedTurn, ...] = ()


def seen_by(
    session: Session, foreseen: Foreseen, nameable: Collection[UUID], known_at: datetime
) -> TurnsSeen:
    """The turns as an officer sees them who may name the people of the ``nameable`` organisations.

    Whoever works in two organisations is counted in both.
    """
    numbers: dict[UUID, Counter[Change]] = {}
    named: list[NamedTurn] = []
    for at in sorted({turn.at for turn in foreseen.turns}):
        turns: dict[UUID, list[Turn]] = {}
        for turn in foreseen.turns:
            if turn.at == at:
                turns.setdefault(turn.person_id, []).append(turn)
        works = select(col(Posting.person_id), col(Posting.organisation_id)).where(
            as_of(Posting, at, known_at)
        )
        for person_id, organisation_id in session.connection().execute(works.distinct()):
            for turn in turns.get(person_id, ()):
                numbers.setdefault(organisation_id, Counter())[turn.change] += 1
        if nameable and not foreseen.unnamed:
            named += _named(session, turns, nameable, at, known_at)
    named.sort(key=lambda one: (one.name.casefold(), one.turn.person_id))
    return TurnsSeen(numbers, tuple(named[:MOST_NAMED]))


def _named(
    session: Session,
    turns: Mapping[UUID, list[Turn]],
    nameable: Collection[UUID],
    at: datetime,
    known_at: datetime,
) -> list[NamedTurn]:
    family, given, known_as = (
        col(getattr(PersonName, name)) for name in ("family_name", "given_names", "known_as")
    )
    people = (
        select(col(Posting.person_id), family, given, known_as)
        .join_from(Posting, PersonName, col(PersonName.person_id) == col(Posting.person_id))
        .where(
            col(Posting.organisation_id).in_(sorted(nameable)),
            as_of(Posting, at, known_at),
            as_of(PersonName, at, known_at),
            is_listed(col(Posting.person_id), known_at),
        )
        .distinct()
    )
    return [
        NamedTurn(turn, f"{family_name}, {called or given_names}")
        for person_id, family_name, given_names, called in session.connection().execute(people)
        for turn in turns.get(person_id, ())
    ]

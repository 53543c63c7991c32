"""Whose access a change would turn, and when: by the rules as they are and as they would be.

Nothing is recorded to find out, so that no sign-in waits while a million people are looked at.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from profiles.employments.models import Posting
from profiles.entitlements.facts import AppRules, GradeFact
from profiles.entitlements.preview import Change
from profiles.entitlements.service import limits_of
from profiles.entitlements.who_may_use import Placed, Roles, roles_and_rules_alone
from profiles.organisations.models import LocalGrade
from profiles.organisations.service import tree
from profiles.roles.models import Role
from profiles.temporal import known

FEWEST = 10
"""Fewer people are not counted out: in a small team a number is a name."""
MOST_COMING = 200
"""More whose posts begin later are a whole organisation, with its officers among them."""


@dataclass(frozen=True)
class Turn:
    """Somebody's roles at an app before and after; ``at`` is the first instant at which they differ.

    ``gains_later`` says that at a later one they have a role which they would not have.
    """

    app_id: UUID
    person_id: UUID
    at: datetime
    before: Roles
    after: Roles
    gains_later: bool = False

    @property
    def gains(self) -> bool:
        """Whether access begins or widens for them, then or later."""
        return self.gains_later or not set(self.after) <= set(self.before)

    @property
    def change(self) -> Change:
        """What happens to their access."""
        if not self.before:
            return Change.BEGINS
        return Change.CHANGES if self.after else Change.ENDS


@dataclass(frozen=True)
class Reach:
    """Officers whose roles reach an organisation from then on, and those whose roles do so no more."""

    gained: frozenset[UUID]
    lost: frozenset[UUID]


@dataclass(frozen=True)
class Opened:
    """What a role in Lanyard opens: in how many organisations, and how many people's records, if any."""

    role: Role
    places: int
    records: int | None


@dataclass(frozen=True)
class Woken:
    """How many may sign in again when an organisation sleeps no more, at the most, and its apps."""

    people: int
    apps: int


@dataclass(frozen=True)
class Foreseen:
    """Whose access turns, and how many people's posts begin later, of whom nobody can say it yet.

    ``unnamed`` says that a list of these people would be one of people with a high clearance, and
    ``by_clearance`` that a rule asks for one: fewer than ``FEWEST`` are then not told from nobody, or whoever
    tries one rule after another learns who is cleared.
    """

    turns: tuple[Turn, ...] = ()
    to_come: int = 0
    unnamed: bool = False
    by_clearance: bool = False
    needs_two: bool | None = None
    """Whether a second officer decides whatever the number is; None lets the number say so."""
    coming: frozenset[UUID] = frozenset()
    """Whose posts begin later, where they are ``MOST_COMING`` at most: each of them may gain access by it."""
    officers: Reach | None = None
    """Whose roles in Lanyard reach an organisation that they did not reach, and reach it no more."""
    addresses: int | None = None
    """How many people's work addresses are of an e-mail domain that changes hands."""
    opens: Opened | None = None
    woken: Woken | None = None

    @property
    def gaining(self) -> frozenset[UUID]:
        """Whose access begins or widens."""
        return frozenset(one.person_id for one in self.turns if one.gains)

    def few_gaining(self, above: int) -> frozenset[UUID]:
        """The same, unless they are more than so many: a whole organisation has its officers among them."""
        found = self.gaining | self.coming
        return found if len(found) <= above else frozenset()

    @property
    def touched(self) -> frozenset[UUID]:
        """Whose access it changes, officers whose roles reach further, or no more, among them."""
        found = frozenset(one.person_id for one in self.turns)
        return found if self.officers is None else found | self.officers.gained | self.officers.lost

    @property
    def people(self) -> int:
        """How many people's access it changes, at the most, officers whose roles reach further among them."""
        found = len(self.touched) + self.to_come + (self.woken.people if self.woken else 0)
        return max(found, FEWEST - 1) if self.by_clearance else found


def compare(
    session: Session, is_now: AppRules, would_be: AppRules, instants: Iterable[datetime], known_at: datetime
) -> list[Turn]:
    """Who has other roles by one set of an app's rules than by the other, at the first of these instants.

    A role by hand ends by itself, so it hides nobody: whoever has other roles by the rules alone is one too.
    """
    return _first_turns(
        _turns(
            is_now.app_id,
            at,
            roles_and_rules_alone(session, is_now, at, known_at),
            roles_and_rules_alone(session, would_be, at, known_at),
        )
        for at in sorted(set(instants))
    )


def compare_grade(
    session: Session, app: AppRules, grade: GradeFact, instants: Iterable[datetime], known_at: datetime
) -> list[Turn]:
    """Who has other roles at the first of these instants if a grade stands for what this one says."""
    return _first_turns(
        _turns(
            app.app_id,
            at,
            roles_and_rules_alone(session, app, at, known_at, grade=grade),
            roles_and_rules_alone(session, app, at, known_at, grade=grade, supposes=True),
        )
        for at in sorted(set(instants))
    )


def compare_place(
    session: Session, app: AppRules, placed: Placed, instants: Iterable[datetime], known_at: datetime
) -> list[Turn]:
    """Who has other roles at the first of these instants if an organisation is where this one says."""
    return _first_turns(
        _turns(
            app.app_id,
            at,
            roles_and_rules_alone(session, app, at, known_at),
            roles_and_rules_alone(session, app, at, known_at, placed=placed),
        )
        for at in sorted(set(instants))
    )


def _first_turns(turns: Iterable[Iterator[Turn]]) -> list[Turn]:
    found: dict[UUID, Turn] = {}
    for turn in chain.from_iterable(turns):
        first = found.setdefault(turn.person_id, turn)
        if turn.gains and not first.gains:
            found[turn.person_id] = replace(first, gains_later=True)
    return list(found.values())


def turning_points(
    session: Session, apps: Iterable[AppRules], since: datetime, until: datetime | None, known_at: datetime
) -> set[datetime]:
    """The instants between these two at which what the rules of the apps say, or what it means, turns.

    A rule begins or ends, a grade stands for another, or an organisation uses clearances for another time.
    """
    rules = [rule for app in apps for rule in app.rules]
    found: set[datetime] = {instant for rule in rules for instant in rule.instants()}
    if any(rule.grade_from is not None or rule.grade_to is not None for rule in rules):
        for bound in (col(LocalGrade.valid_from), col(LocalGrade.valid_to)):
            turns = select(bound).where(known(LocalGrade, known_at), bound > since)
            found |= {one for one in session.execute(turns.distinct()).scalars() if one is not None}
    if any(rule.least_clearance is not None for rule in rules):
        found |= {instant for limit in limits_of(session, known_at) for instant in limit.instants()}
    return {one for one in found if since < one and (until is None or one < until)}


Both = tuple[Mapping[UUID, Roles], Mapping[UUID, Roles]]


def _turns(app_id: UUID, at: datetime, before: Both, after: Both) -> Iterator[Turn]:
    for were, are in zip(before, after, strict=True):
        for person_id in were.keys() | are.keys():
            if were.get(person_id, ()) != are.get(person_id, ()):
                yield Turn(app_id, person_id, at, were.get(person_id, ()), are.get(person_id, ()))


def posts_to_come(
    session: Session, organisation_id: UUID | None, include_subtree: bool, after: datetime, known_at: datetime
) -> int:
    """How many people's posts begin after an instant, in an organisation and below it, or anywhere."""
    people = _people_to_come(session, organisation_id, include_subtree, after, known_at)
    found: int = session.execute(select(func.count()).select_from(people.subquery())).scalar_one()
    return found


def people_to_come(
    session: Session, organisation_id: UUID | None, include_subtree: bool, after: datetime, known_at: datetime
) -> frozenset[UUID]:
    """Whose posts these are; nobody's where they are more than ``MOST_COMING``."""
    people = _people_to_come(session, organisation_id, include_subtree, after, known_at)
    found = frozenset(session.execute(people.limit(MOST_COMING + 1)).scalars())
    return found if len(found) <= MOST_COMING else frozenset()


def _people_to_come(
    session: Session, organisation_id: UUID | None, include_subtree: bool, after: datetime, known_at: datetime
) -> Select[Any]:
    begins = (
        select(col(Posting.person_id))
        .where(known(Posting, known_at), col(Posting.valid_from) > after)
        .distinct()
    )
    if organisation_id is None:
        return begins
    where = tree(session, after, known_at).subtree_of(organisation_id) if include_subtree else set[UUID]()
    return begins.where(col(Posting.organisation_id).in_(sorted({organisation_id, *where})))

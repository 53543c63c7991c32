"""What a bulk move does to access, for each app and role, by which rules: asked of all its people at once.

Somebody's terms stay as they are, and so do their clearances; what changes is where they work. Before it is
recorded it is therefore asked as if they worked, and were sponsored, in the new organisation. From then on
the record itself is asked what changes on the start date. ``foreseen`` says the same of each person.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Select
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.bulk_moves import states
from profiles.bulk_moves.elsewhere import works_elsewhere
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, MemberState
from profiles.bulk_moves.places import places_of
from profiles.entitlements.eligible import Moved
from profiles.entitlements.facts import AppRules, RuleFact
from profiles.entitlements.rules_met import Met, rules_met
from profiles.entitlements.service import rules_of
from profiles.temporal import INSTANT

_STAY = (MemberState.SET_APART, MemberState.CANCELLED)


class Turn(StrEnum):
    """What becomes of somebody's access to an app, or of one of their roles there."""

    GAINS = "gains"
    LOSES = "loses"
    CHANGES = "changes"
    """Of an app: they keep access, in other roles."""
    KEEPS = "keeps"


@dataclass(frozen=True)
class Line:
    """Who gains, loses or keeps one role for the same reason: the rules that give or gave it, or by hand."""

    role_name: str
    turn: Turn
    rules: tuple[RuleFact, ...]
    by_hand: bool
    people: frozenset[UUID]

    @property
    def id(self) -> UUID:
        """The same for as long as role, turn and reason are."""
        because = " ".join(str(rule.rule_id) for rule in self.rules)
        return uuid5(_LINES, f"{self.role_name} {self.turn} {self.by_hand} {because}")


_LINES = UUID("6f0b2f0e-3d5c-4c55-9f0e-1c2a9f6f7a41")


@dataclass(frozen=True)
class AppPreview:
    """How many people gain, lose, change or keep their access to an app, and by what, role by role."""

    rules: AppRules
    numbers: Counter[Turn]
    lines: tuple[Line, ...]


def preview(
    session: Session, move: BulkMove, now: datetime, organisation_ids: Collection[UUID]
) -> list[AppPreview]:
    """For each app of these organisations that people on the list may use before, or after; by name."""
    query = select(App.id).where(col(App.organisation_id).in_(sorted(organisation_ids)))
    found = (preview_of(session, move, app_id, now) for app_id in session.exec(query.order_by(col(App.name))))
    return [one for one in found if one.numbers]


def preview_of(session: Session, move: BulkMove, app_id: UUID, now: datetime) -> AppPreview:
    """The same for one app. Raises NotFound."""
    rules = rules_of(session, app_id, now)
    before, after = _before_and_after(session, move, rules, now)
    nothing = Met()
    groups: dict[tuple[int, int], tuple[Met, Met, list[UUID]]] = {}
    for one in before.keys() | after.keys():
        was, becomes = before.get(one, nothing), after.get(one, nothing)
        groups.setdefault((id(was), id(becomes)), (was, becomes, []))[2].append(one)
    numbers: Counter[Turn] = Counter()
    lines: dict[tuple[str, Turn, tuple[RuleFact, ...], bool], set[UUID]] = {}
    for was, becomes, people in groups.values():
        numbers[_turn(was.roles, becomes.roles)] += len(people)
        for key in _keys(was, becomes):
            lines.setdefault(key, set()).update(people)
    made = [Line(*key, frozenset(people)) for key, people in lines.items()]
    return AppPreview(rules, numbers, tuple(sorted(made, key=lambda one: _order(one, rules))))


def _keys(was: Met, becomes: Met) -> Iterable[tuple[str, Turn, tuple[RuleFact, ...], bool]]:
    for role in was.roles | becomes.roles:
        turn = _turn({role} & was.roles, {role} & becomes.roles)
        by = was if turn is Turn.LOSES else becomes
        yield role, turn, tuple(one for one in by.rules if one.role_name == role), role in by.by_hand


def _order(line: Line, rules: AppRules) -> tuple[int, str, int, int]:
    return -rules.rank_of(line.role_name), line.role_name, list(Turn).index(line.turn), -len(line.people)


def _turn(before: Collection[str], after: Collection[str]) -> Turn:
    if not before:
        return Turn.GAINS
    if not after:
        return Turn.LOSES
    return Turn.KEEPS if set(before) == set(after) else Turn.CHANGES


def _before_and_after(
    session: Session, move: BulkMove, rules: AppRules, now: datetime
) -> tuple[Mapping[UUID, Met], Mapping[UUID, Met]]:
    people = _people(move)
    before = rules_met(session, rules, move.starts_at - INSTANT, now, among=people)
    if move.state in states.RECORDED:
        return before, rules_met(session, rules, move.starts_at, now, among=people)
    places = places_of(session, move, now)
    moved = Moved(places, move.importing_organisation_id)
    after = rules_met(session, rules, move.starts_at, now, among=people, moved=moved)
    if not move.ends_exporter:  # what was given by hand ends
        keeping = frozenset[UUID]()
        if rules.organisation_id not in places:
            elsewhere = works_elsewhere(move, places, col(BulkMoveMember.person_id), now)
            keeping = frozenset(session.execute(people.where(elsewhere)).scalars())
        rules_alone = {
            one: Met(met.rules) for one, met in after.items() if met.by_hand and one not in keeping
        }
        after = {one: rules_alone.get(one, met) for one, met in after.items() if met.rules or one in keeping}
    return before, after


def _people(move: BulkMove) -> Select[Any]:
    return rows(col(BulkMoveMember.person_id)).where(
        col(BulkMoveMember.bulk_move_id) == move.id, col(BulkMoveMember.state).not_in(_STAY)
    )

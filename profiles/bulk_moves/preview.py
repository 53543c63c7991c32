"""What a bulk move does to access, in numbers for each app: asked of all people of the list at once.

Somebody's terms stay as they are, and so do their clearances; what changes is where they work. Before it is
recorded it is therefore asked which rules of an app would let people in who work in the new organisation, and
of the people as they are. From then on the record itself is asked what changes on the start date.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.apps.models import App
from profiles.bulk_moves import states
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, MemberState
from profiles.entitlements.facts import AppRules, RuleFact
from profiles.entitlements.service import rules_of
from profiles.entitlements.who_may_use import Roles, roles_and_rules_alone, who_may_use
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationTree
from profiles.temporal import INSTANT


class Turn(StrEnum):
    """What becomes of somebody's access to an app."""

    GAINS = "gains"
    LOSES = "loses"
    CHANGES = "changes"
    KEEPS = "keeps"


@dataclass(frozen=True)
class AppPreview:
    """How many people gain, lose, change or keep their access to an app."""

    app_id: UUID
    app_name: str
    organisation_id: UUID
    numbers: Counter[Turn]


def preview(
    session: Session, move: BulkMove, now: datetime, organisation_ids: Collection[UUID]
) -> list[AppPreview]:
    """For each app of these organisations that people on the list may use before, or after; by name."""
    people = _people(session, move)
    query = select(App.id).where(col(App.organisation_id).in_(sorted(organisation_ids)))
    found: list[AppPreview] = []
    for app_id in session.exec(query.order_by(col(App.name))).all():
        rules = rules_of(session, app_id, now)
        before, after = _before_and_after(session, move, rules, now)
        numbers = Counter(
            turn for one in people if (turn := _turn(before.get(one, ()), after.get(one, ()))) is not None
        )
        if numbers:
            found.append(AppPreview(app_id, rules.app_name, rules.organisation_id, numbers))
    return found


def _people(session: Session, move: BulkMove) -> set[UUID]:
    query = select(BulkMoveMember.person_id).where(
        col(BulkMoveMember.bulk_move_id) == move.id,
        col(BulkMoveMember.state).not_in((MemberState.SET_APART, MemberState.CANCELLED)),
    )
    return set(session.exec(query))


def _turn(before: Roles, after: Roles) -> Turn | None:
    if not before and not after:
        return None
    if not before:
        return Turn.GAINS
    if not after:
        return Turn.LOSES
    return Turn.KEEPS if set(before) == set(after) else Turn.CHANGES


def _before_and_after(
    session: Session, move: BulkMove, rules: AppRules, now: datetime
) -> tuple[dict[UUID, Roles], dict[UUID, Roles]]:
    at = move.starts_at - INSTANT
    before = dict(who_may_use(session, rules.app_id, at, now))
    if move.state in states.RECORDED:
        return before, dict(who_may_use(session, rules.app_id, move.starts_at, now))
    if rules.find_agreement(move.starts_at) is None:
        return before, {}
    tree = organisations.tree(session, move.starts_at, now)
    supposed = [
        _as_of_the_old(rule, move)
        for rule in rules.rules
        if rule.holds(move.starts_at) and _is_for(rule, move.importing_organisation_id, tree)
    ]
    everything, alone = roles_and_rules_alone(session, replace(rules, rules=tuple(supposed)), at, now)
    after = dict(everything)
    if not move.ends_exporter:  # what was given by hand ends
        after |= alone
    return before, after


def _is_for(rule: RuleFact, organisation_id: UUID, tree: OrganisationTree) -> bool:
    """Whether a rule is for people of the organisation."""
    if rule.organisation_id is None or rule.organisation_id == organisation_id:
        return True
    return rule.include_subtree and rule.organisation_id in tree.ancestors_of(organisation_id)


def _as_of_the_old(rule: RuleFact, move: BulkMove) -> RuleFact:
    """The same rule, asked of people where they work now; it holds at every moment."""
    return replace(
        rule,
        organisation_id=move.exporting_organisation_id,
        include_subtree=True,
        valid_from=move.created_at,
        valid_to=None,
    )

"""Who may use an app on a day, and what a day changes: asked of all people at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import compress
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import Session, col

from profiles.employments.models import Posting
from profiles.entitlements.eligible import Moment, Moved, eligible, organisations_of, posted_in
from profiles.entitlements.facts import AppRules, GradeFact, RuleFact
from profiles.entitlements.service import limits_of, rules_of
from profiles.organisations.service import OrganisationTree, tree
from profiles.temporal import INSTANT, as_of, end_of_day, start_of_day

Roles = tuple[str, ...]
"""Names of roles, the most powerful first."""


@dataclass(frozen=True)
class Placed:
    """Where in the tree an organisation is supposed to be; None is under no other."""

    organisation_id: UUID
    parent_id: UUID | None


@dataclass(frozen=True)
class RolesChange:
    """Somebody's roles at an app before and after; empty where they may not use it."""

    before: Roles
    after: Roles


def who_may_use(session: Session, app_id: UUID, at: datetime, known_at: datetime) -> Mapping[UUID, Roles]:
    """Everybody who may use an app at ``at``, as known at ``known_at``, and in which roles.

    The answers are those of ``policy.decide``. Raises NotFound for an unknown app.
    """
    session.flush()
    app = rules_of(session, app_id, known_at)
    return {} if app.find_agreement(at) is None else roles_by(session, app, at, known_at)


def roles_by(
    session: Session,
    app: AppRules,
    at: datetime,
    known_at: datetime,
    *,
    grade: GradeFact | None = None,
    supposes: bool = False,
    placed: Placed | None = None,
) -> Mapping[UUID, Roles]:
    """The same by these rules, recorded or only supposed, and as if an agreement were in force.

    With a ``grade`` it is asked of the people whose posts have it, as recorded or, where it ``supposes`` so,
    as if the grade stood for what this one says. With ``placed`` the tree is as that supposes.
    """
    return roles_and_rules_alone(session, app, at, known_at, grade=grade, supposes=supposes, placed=placed)[0]


def roles_and_rules_alone(
    session: Session,
    app: AppRules,
    at: datetime,
    known_at: datetime,
    *,
    grade: GradeFact | None = None,
    supposes: bool = False,
    placed: Placed | None = None,
) -> tuple[Mapping[UUID, Roles], Mapping[UUID, Roles]]:
    """The same, and what those who hold a role by hand would have without it."""
    rules: dict[str, list[RuleFact]] = {}
    for rule in app.rules:
        if rule.holds(at):
            rules.setdefault(rule.role_name, []).append(rule)
    organisations = tree(session, at, known_at)
    if placed is not None:
        organisations = organisations.placed(placed.organisation_id, placed.parent_id)
    every = [one for those in rules.values() for one in those]
    moment = moment_of(session, app, every, organisations, at, known_at)
    moment = replace(moment, grade=grade, supposes=supposes)

    @cache  # many people, few combinations
    def with_more(before: Roles, digits: str | None, granted: str) -> Roles:
        more = (granted,) if digits is None else compress(rules, map(int, digits))
        return tuple(sorted({*before, *more}, key=lambda role: (-app.rank_of(role), role)))

    found: dict[UUID, Roles] = {}
    by_hand: list[tuple[UUID, str]] = []
    for person_id, digits, granted in session.connection().execute(eligible(app.app_id, rules, moment)):
        if digits is None:
            by_hand.append((person_id, granted))
        else:
            found[person_id] = with_more(found.get(person_id, ()), digits, granted)
    alone = {person_id: found.get(person_id, ()) for person_id, _granted in by_hand}
    for person_id, granted in by_hand:
        found[person_id] = with_more(found.get(person_id, ()), None, granted)
    return found, alone


def changes_on(session: Session, app_id: UUID, day: date, known_at: datetime) -> Mapping[UUID, RolesChange]:
    """Whose roles at an app are others at the end of a civil day than before it, as known at ``known_at``.

    Raises NotFound for an unknown app.
    """
    before = who_may_use(session, app_id, start_of_day(day) - INSTANT, known_at)
    after = who_may_use(session, app_id, end_of_day(day) - INSTANT, known_at)
    return {
        person_id: RolesChange(before.get(person_id, ()), after.get(person_id, ()))
        for person_id in before.keys() | after.keys()
        if before.get(person_id) != after.get(person_id)
    }


def moment_of(
    session: Session,
    app: AppRules,
    rules: Collection[RuleFact],
    organisations: OrganisationTree,
    at: datetime,
    known_at: datetime,
    *,
    among: Select[Any] | None = None,
    moved: Moved | None = None,
) -> Moment:
    """A point of both time lines with all that these rules of an app ask of it."""
    spoken_of = {rule.organisation_id for rule in rules if rule.organisation_id is not None}
    subtrees = {one: organisations.subtree_of(one) | {one} for one in spoken_of}
    owner = app.organisation_id
    owning = {*organisations.subtree_of(owner), *organisations.ancestors_of(owner)}
    years = {one.years for one in limits_of(session, known_at) if one.holds(at)}
    moment = Moment(at, known_at, subtrees, (), owning=owning, years=years, among=among, moved=moved)
    choosy = [rule for rule in rules if rule.profession is not None]
    if not choosy:
        return moment
    named = select(col(Posting.profession)).where(
        as_of(Posting, at, known_at), posted_in(moment.recorded_in(organisations_of(choosy, moment)))
    )
    professions = session.connection().execute(named.distinct()).scalars().all()
    return replace(moment, professions=professions)

"""The statement that finds everybody who may use an app: an app's rules at one moment, as conditions in SQL.

``policy`` decides on one person with the reason; here the same rules are asked of all people at once, without
one. A property test holds the two to the same answers.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    cast,
    exists,
    literal,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlmodel import col

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import CaveatKind, Clearance, ClearanceCaveat, Sponsorship
from profiles.clearances.states import USABLE
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.facts import RuleFact
from profiles.entitlements.models import Entitlement
from profiles.organisations.grades import CommonGrade, between
from profiles.organisations.models import LocalGrade
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import as_of, civil_date


@dataclass(frozen=True)
class Moment:
    """A point of both time lines, and what is known there of organisations and of what postings say."""

    valid_at: datetime
    known_at: datetime
    subtrees: Mapping[UUID, Collection[UUID]]
    """For each organisation that a rule is for: it and everything below it."""
    professions: Collection[str]
    """Those that postings name; their case differs, and only Python folds it as decisions do."""

    def holds(self, model: Any) -> ColumnElement[bool]:
        """What was so then, as we knew it."""
        return as_of(model, self.valid_at, self.known_at)


def eligible(app_id: UUID, rules: Collection[RuleFact], moment: Moment) -> CompoundSelect[Any]:
    """Each person with each role once, through these rules, which hold then, or by a grant.

    Who has no posting, and whose account is suspended, is not among them.
    """
    away = _away(moment)
    places = _places(rules, away, moment)
    around = _around(places, away, moment)
    judged = _judged(places, {least: _usable(least, around, moment) for least in _levels(rules)})
    by_role: dict[str, list[ColumnElement[bool]]] = {}
    for rule in rules:
        by_role.setdefault(rule.role_name, []).append(_met(rule, judged, moment))
    parts = [
        select(judged.c.person_id, _role(literal(role))).where(
            or_(*met), _not_suspended(judged.c.person_id, moment)
        )
        for role, met in by_role.items()
    ]
    return union(*parts, _by_grant(app_id, moment))


def organisations_of(rules: Iterable[RuleFact], moment: Moment) -> set[UUID] | None:
    """Where somebody must be posted for one of these rules to hold; None for anywhere."""
    found: set[UUID] = set()
    for rule in rules:
        those = _organisations(rule, moment)
        if those is None:
            return None
        found |= set(those)
    return found


def posted_in(organisation_ids: Collection[UUID] | None) -> ColumnElement[bool]:
    """The postings in these organisations; None is for all."""
    if organisation_ids is None:
        return true()
    return col(Posting.organisation_id).in_(sorted(organisation_ids))


def _organisations(rule: RuleFact, moment: Moment) -> Collection[UUID] | None:
    if rule.organisation_id is None:
        return None
    return moment.subtrees[rule.organisation_id] if rule.include_subtree else (rule.organisation_id,)


def _away(moment: Moment) -> CTE:
    """The postings of people on loan, to which few are at a time."""
    found: CTE = _postings().where(col(Posting.kind) == PostingKind.HOST, moment.holds(Posting)).cte("away")
    return found


def _places(rules: Collection[RuleFact], away: CTE, moment: Moment) -> CTE:
    """The postings at which a rule could look, with their common grade and whether they sleep."""
    meaning = and_(
        col(LocalGrade.organisation_id) == col(Posting.organisation_id),
        col(LocalGrade.label) == col(Posting.local_grade),
        moment.holds(LocalGrade),
    )
    lent = tuple_(col(Posting.person_id), col(Posting.employment_id)).in_(
        select(away.c.person_id, away.c.employment_id)
    )
    places: CTE = (
        _postings()
        .add_columns(
            col(Posting.kind),
            col(Posting.profession),
            col(LocalGrade.common_grade),
            and_(col(Posting.kind) == PostingKind.HOME, lent).label("sleeps"),
        )
        .outerjoin(LocalGrade, meaning)
        .where(moment.holds(Posting), posted_in(organisations_of(rules, moment)))
        .cte("places")
    )
    return places


def _judged(places: CTE, usable: Mapping[str, Select[Any]]) -> CTE:
    """The places with, for each level, whether it is met there.

    As a column, for which PostgreSQL makes a table of hashes; as a condition it takes the few that it expects
    for a reason to compare each with each.
    """
    employment = tuple_(places.c.person_id, places.c.employment_id)
    met = [employment.in_(those).label(_meets(least)) for least, those in usable.items()]
    return select(*places.c, *met).cte("judged")


def _meets(least: str) -> str:
    return f"meets {least}"


def _around(places: CTE, away: CTE, moment: Moment) -> CTE:
    """The organisations of each employment: those of its places, and home and hosts of whoever is on loan."""
    lent = _postings().where(
        col(Posting.employment_id).in_(select(away.c.employment_id)), moment.holds(Posting)
    )
    here = select(places.c.person_id, places.c.employment_id, places.c.organisation_id)
    return union(here, lent).cte("around")


def _postings() -> Any:
    return select(col(Posting.person_id), col(Posting.employment_id), col(Posting.organisation_id))


def _by_grant(app_id: UUID, moment: Moment) -> Any:
    person_id = col(Entitlement.person_id)
    return select(person_id, _role(col(Entitlement.role_name))).where(
        col(Entitlement.app_id) == app_id,
        moment.holds(Entitlement),
        exists().where(col(Posting.person_id) == person_id, moment.holds(Posting)),
        _not_suspended(person_id, moment),
    )


def _role(name: Any) -> ColumnElement[str]:
    return cast(name, String).label("role_name")


def _not_suspended(person_id: Any, moment: Moment) -> ColumnElement[bool]:
    return ~exists().where(col(AccountSuspension.person_id) == person_id, moment.holds(AccountSuspension))


def _met(rule: RuleFact, places: CTE, moment: Moment) -> ColumnElement[bool]:
    """Every condition of a rule, at one place."""
    conditions: list[ColumnElement[bool]] = []
    organisations = _organisations(rule, moment)
    if organisations is not None:
        conditions.append(places.c.organisation_id.in_(sorted(organisations)))
    if rule.posting_kind is None:
        conditions.append(~places.c.sleeps)
    else:
        conditions.append(places.c.kind.in_([kind for kind in PostingKind if kind == rule.posting_kind]))
    if rule.grade_from is not None or rule.grade_to is not None:
        grades = [grade for grade in CommonGrade if between(grade, rule.grade_from, rule.grade_to)]
        conditions.append(places.c.common_grade.in_(grades))
    if rule.profession is not None:
        wanted = rule.profession.casefold()
        same = [one for one in sorted(moment.professions) if one.casefold() == wanted]
        conditions.append(places.c.profession.in_(same))
    if rule.least_clearance is not None:
        conditions.append(places.c[_meets(rule.least_clearance)])
    return and_(true(), *conditions)


def _levels(rules: Iterable[RuleFact]) -> set[str]:
    return {rule.least_clearance for rule in rules if rule.least_clearance is not None}


def _is_enough(level: ClearanceLevel, least: str) -> bool:
    """Whether it satisfies the level of this name; one that we do not know is satisfied by none."""
    return any(required.value == least and level.satisfies(required) for required in ClearanceLevel)


def _usable(least: str, around: CTE, moment: Moment) -> Select[Any]:
    """The people, by employment, who have a clearance of this level or a higher that may be used there."""
    sponsored = and_(
        col(Sponsorship.person_id) == around.c.person_id,
        col(Sponsorship.organisation_id) == around.c.organisation_id,
        moment.holds(Sponsorship),
    )
    held = and_(
        col(Clearance.fact_id) == col(Sponsorship.clearance_id),
        col(Clearance.person_id) == col(Sponsorship.person_id),
        moment.holds(Clearance),
    )
    there = tuple_(around.c.person_id, around.c.employment_id, col(ClearanceCaveat.organisation_id)).in_(
        select(around.alias())
    )
    limited = exists().where(
        col(ClearanceCaveat.clearance_id) == col(Clearance.fact_id),
        col(ClearanceCaveat.person_id) == col(Clearance.person_id),
        moment.holds(ClearanceCaveat),
        or_(
            col(ClearanceCaveat.kind) == CaveatKind.CONDITION,
            and_(
                col(ClearanceCaveat.kind) == CaveatKind.ORGANISATION,
                or_(col(ClearanceCaveat.organisation_id).is_(None), ~there),
            ),
        ),
    )
    expires_on = col(Clearance.expires_on)
    return (
        select(around.c.person_id, around.c.employment_id)
        .join(Sponsorship, sponsored)
        .join(Clearance, held)
        .where(
            col(Clearance.level).in_([one for one in ClearanceLevel if _is_enough(one, least)]),
            col(Clearance.status).in_(sorted(USABLE)),
            or_(expires_on.is_(None), expires_on >= civil_date(moment.valid_at)),
            ~limited,
        )
    )

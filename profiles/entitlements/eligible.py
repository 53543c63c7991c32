"""The statement that finds everybody who may use an app: an app's rules at one moment, as conditions in SQL.

``policy`` decides on one person with the reason; here the same rules are asked of all people at once, without
one. A property test holds the two to the same answers.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
    union_all,
)
from sqlmodel import col

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import CaveatKind, Clearance, ClearanceCaveat, ClearanceLimit, Sponsorship
from profiles.clearances.states import USABLE
from profiles.clearances.validity import last_decided
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.facts import GradeFact, RuleFact
from profiles.entitlements.models import Entitlement
from profiles.organisations.grades import CommonGrade, between
from profiles.organisations.models import LocalGrade
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import as_of, civil_date


@dataclass(frozen=True)
class Moved:
    """Supposes that whoever works, or is sponsored, in some organisations is so in another instead."""

    from_ids: frozenset[UUID]
    to_id: UUID

    def recorded(self, organisation_ids: Collection[UUID]) -> Collection[UUID]:
        """Where somebody is recorded who is supposed to be in one of these."""
        stay = set(organisation_ids) - self.from_ids
        return stay | self.from_ids if self.to_id in organisation_ids else stay


@dataclass(frozen=True)
class Moment:
    """A point of both time lines, and what is known there of organisations and of what postings say."""

    valid_at: datetime
    known_at: datetime
    subtrees: Mapping[UUID, Collection[UUID]]
    """For each organisation that a rule is for: it and everything below it."""
    professions: Collection[str]
    """Those that postings name; their case differs, and only Python folds it as decisions do."""
    grade: GradeFact | None = None
    """Asks only of people whose posts have this grade; None asks of everybody."""
    supposes: bool = False
    """Whether that grade stands for what it says here, whatever is recorded."""
    owning: Collection[UUID] = ()
    """The app's organisation, those above it and those below: with posts there its roles by hand sleep."""
    years: Collection[int] = ()
    """For how many organisations use clearances, where that is shorter than the level lasts."""
    among: Select[Any] | None = None
    """Asks only of these people; None asks of everybody."""
    moved: Moved | None = None

    def recorded_in(self, organisation_ids: Collection[UUID] | None) -> Collection[UUID] | None:
        """Where somebody is recorded who is, or is supposed to be, in one of these; None for anywhere."""
        if organisation_ids is None or self.moved is None:
            return organisation_ids
        return self.moved.recorded(organisation_ids)

    def place(self, column: Any) -> Any:
        """An organisation as it is, or as it is supposed to be."""
        if self.moved is None:
            return column
        leaves = column.in_(sorted(self.moved.from_ids))
        there = case((leaves, literal(self.moved.to_id, column.type)), else_=column)
        return type_coerce(there, column.type).label("organisation_id")

    def holds(self, model: Any) -> ColumnElement[bool]:
        """What was so then, as we knew it."""
        return as_of(model, self.valid_at, self.known_at)


def eligible(app_id: UUID, rules: Mapping[str, Collection[RuleFact]], moment: Moment) -> CompoundSelect[Any]:
    """Whoever may use the app through these rules, by role, which hold then; and whoever has a grant.

    Each row names a person. ``by_rules`` has a 1 for each role, in the order of ``rules``, that a rule gives,
    else a 0; a row of a grant has none, and ``role_name`` says which role. Somebody with two places has a row
    for each. Who has no posting, and whose account is suspended, has none.
    """
    every = [rule for those in rules.values() for rule in those]
    away = _away(moment)
    places = _places(every, away, moment)
    judged = _judged(every, places, away, moment)
    met = [or_(*(_met(rule, judged, moment) for rule in those)) for those in rules.values()]
    digits = reduce(add, (case((one, "1"), else_="0") for one in met), literal(""))
    by_rules = select(judged.c.person_id, digits.label("by_rules"), _text(null(), "role_name"))
    return union_all(
        by_rules.where(or_(false(), *met), _not_suspended(judged.c.person_id, moment)),
        _by_grant(app_id, away, moment),
    )


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
    return _in_any(col(Posting.organisation_id), organisation_ids)


def _in_any(column: Any, organisation_ids: Collection[UUID] | None) -> ColumnElement[bool]:
    if organisation_ids is None:
        return true()
    found: ColumnElement[bool] = column.in_(sorted(organisation_ids))
    return found


def _organisations(rule: RuleFact, moment: Moment) -> Collection[UUID] | None:
    if rule.organisation_id is None:
        return None
    return moment.subtrees[rule.organisation_id] if rule.include_subtree else (rule.organisation_id,)


def _away(moment: Moment) -> CTE:
    """The postings of people on loan, to which few are at a time."""
    lent = (col(Posting.kind) == PostingKind.HOST, moment.holds(Posting))
    found: CTE = _postings(moment).where(*lent).cte("away")
    return found


def _places(rules: Collection[RuleFact], away: CTE, moment: Moment) -> CTE:
    """The postings at which a rule could look, with their common grade and whether they sleep."""
    meaning = and_(
        col(LocalGrade.organisation_id) == col(Posting.organisation_id),
        col(LocalGrade.label) == col(Posting.local_grade),
        moment.holds(LocalGrade),
    )
    places: CTE = (
        _postings(moment)
        .add_columns(
            col(Posting.kind),
            col(Posting.profession),
            _common_grade(moment),
            _sleeps(away).label("sleeps"),
        )
        .outerjoin(LocalGrade, meaning)
        .where(
            moment.holds(Posting),
            posted_in(moment.recorded_in(organisations_of(rules, moment))),
            _is_asked_of(col(Posting.person_id), moment),
        )
        .cte("places")
    )
    return places


def _common_grade(moment: Moment) -> ColumnElement[Any]:
    recorded: Any = col(LocalGrade.common_grade)
    grade, kind = moment.grade, recorded.type
    if grade is None or not moment.supposes:
        labelled: ColumnElement[Any] = recorded.label("common_grade")
        return labelled
    means = null() if grade.common_grade is None else literal(grade.common_grade, kind)
    return type_coerce(case((_of_grade(grade), means), else_=recorded), kind).label("common_grade")


def _is_asked_of(person_id: Any, moment: Moment) -> ColumnElement[bool]:
    asked: list[ColumnElement[bool]] = []
    if moment.among is not None:
        asked.append(person_id.in_(moment.among))
    if moment.grade is not None:
        there = select(col(Posting.person_id)).where(_of_grade(moment.grade), moment.holds(Posting))
        asked.append(person_id.in_(there))
    return and_(true(), *asked)


def _of_grade(grade: GradeFact) -> ColumnElement[bool]:
    return and_(
        col(Posting.organisation_id) == grade.organisation_id, col(Posting.local_grade) == grade.label
    )


def _judged(rules: Collection[RuleFact], places: CTE, away: CTE, moment: Moment) -> CTE:
    """The places with the levels that can be used there, where a rule asks for one.

    A place has a row for each clearance that its own organisation sponsors, and for each that whoever is on
    loan has by home or a host. Each join is by one column that differs from person to person: of two that
    hang together PostgreSQL expects next to nothing, and then compares each row with each.
    """
    levels = {level for rule in rules for level in _enough(rule)}
    if not levels:
        return places
    here, abroad = _usable(rules, levels, moment), _usable_on_loan(levels, _lent(away, moment), moment)
    at_home = and_(here.c.person_id == places.c.person_id, here.c.organisation_id == places.c.organisation_id)
    if moment.years:  # on loan those of home and hosts count, which only the other one knows
        at_home = and_(at_home, places.c.employment_id.not_in(select(away.c.employment_id)))
    joined = places.outerjoin(here, at_home).outerjoin(
        abroad,
        and_(abroad.c.person_id == places.c.person_id, abroad.c.employment_id == places.c.employment_id),
    )
    levels_of = (here.c.level.label("level"), abroad.c.level.label("level_on_loan"))
    return select(*places.c, *levels_of).select_from(joined).cte("judged")


def _lent(away: CTE, moment: Moment) -> CTE:
    """Home and hosts of whoever is on loan."""
    there = col(Posting.employment_id).in_(select(away.c.employment_id))
    lent: CTE = _postings(moment).where(there, moment.holds(Posting)).cte("lent")
    return lent


def _postings(moment: Moment) -> Any:
    place = moment.place(col(Posting.organisation_id))
    return select(col(Posting.person_id), col(Posting.employment_id), place)


def _by_grant(app_id: UUID, away: CTE, moment: Moment) -> Any:
    person_id = col(Entitlement.person_id)
    return select(person_id, _text(null(), "by_rules"), _text(col(Entitlement.role_name), "role_name")).where(
        col(Entitlement.app_id) == app_id,
        moment.holds(Entitlement),
        exists().where(col(Posting.person_id) == person_id, moment.holds(Posting)),
        _is_asked_of(person_id, moment),
        _not_suspended(person_id, moment),
        not_(_sleeps_by_hand(person_id, away, moment)),
    )


def _sleeps_by_hand(person_id: Any, away: CTE, moment: Moment) -> ColumnElement[bool]:
    """Whether a person's posts of the app's owner all sleep, and there are some."""
    sleeps = _sleeps(away)
    there = posted_in(moment.recorded_in(moment.owning))
    owning = (col(Posting.person_id) == person_id, there, moment.holds(Posting))
    return and_(
        person_id.in_(select(away.c.person_id)),
        exists().where(*owning, sleeps),
        ~exists().where(*owning, not_(sleeps)),
    )


def _sleeps(away: CTE) -> ColumnElement[bool]:
    """Whether a posting is at home while the person is on loan from it."""
    lent = tuple_(col(Posting.person_id), col(Posting.employment_id)).in_(
        select(away.c.person_id, away.c.employment_id)
    )
    return and_(col(Posting.kind) == PostingKind.HOME, lent)


def _text(value: Any, name: str) -> ColumnElement[str]:
    return cast(value, String).label(name)


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
        enough = _enough(rule)
        found = [places.c[name].in_(enough) for name in ("level", "level_on_loan") if enough]
        conditions.append(or_(false(), *found))
    return and_(true(), *conditions)


def _enough(rule: RuleFact) -> list[ClearanceLevel]:
    """The levels that satisfy a rule's; a name that we do not know is satisfied by none."""
    required = [level for level in ClearanceLevel if level.value == rule.least_clearance]
    return [level for level in ClearanceLevel for one in required if level.satisfies(one)]


def _usable(rules: Collection[RuleFact], levels: Collection[ClearanceLevel], moment: Moment) -> CTE:
    """Who has a clearance of one of these levels that may be used at a place of one organisation alone."""
    recorded = col(Sponsorship.organisation_id)
    organisation_id = moment.place(recorded)
    outside = col(ClearanceCaveat.organisation_id) != organisation_id
    usable = (
        select(col(Sponsorship.person_id), organisation_id, col(Clearance.level))
        .join_from(Sponsorship, Clearance, col(Clearance.fact_id) == col(Sponsorship.clearance_id))
        .where(
            _in_any(recorded, moment.recorded_in(organisations_of(rules, moment))),
            *_may_be_used(levels, outside, lambda one: organisation_id == one, moment),
        )
    )
    return usable.cte("usable")


def _usable_on_loan(levels: Collection[ClearanceLevel], lent: CTE, moment: Moment) -> CTE:
    """Who on loan has one that may be used in any organisation of the employment."""
    organisation_id = col(ClearanceCaveat.organisation_id)
    outside = tuple_(lent.c.person_id, lent.c.employment_id, organisation_id).not_in(select(lent.alias()))

    def works_in(one: Any) -> ColumnElement[bool]:
        return tuple_(lent.c.person_id, lent.c.employment_id, one).in_(select(lent.alias()))

    sponsored = and_(
        col(Sponsorship.person_id) == lent.c.person_id,
        moment.place(col(Sponsorship.organisation_id)) == lent.c.organisation_id,
    )
    usable = (
        select(lent.c.person_id, lent.c.employment_id, col(Clearance.level))
        .join_from(lent, Sponsorship, sponsored)
        .join(Clearance, col(Clearance.fact_id) == col(Sponsorship.clearance_id))
        .where(*_may_be_used(levels, outside, works_in, moment))
    )
    return usable.cte("usable_on_loan")


def _may_be_used(
    levels: Collection[ClearanceLevel],
    outside: ColumnElement[bool],
    works_in: Callable[[Any], ColumnElement[bool]],
    moment: Moment,
) -> Iterator[ColumnElement[bool]]:
    """Of a sponsorship and its clearance; ``outside`` says of a caveat's organisation that it is another.

    ``works_in`` says of a column of organisations that one is where the clearance is to be used.
    """
    yield moment.holds(Sponsorship)
    yield moment.holds(Clearance)
    yield col(Clearance.level).in_(sorted(levels))
    yield col(Clearance.status).in_(sorted(USABLE))
    expires_on = col(Clearance.expires_on)
    yield or_(expires_on.is_(None), expires_on >= civil_date(moment.valid_at))
    if moment.years:
        yield ~_is_limited(works_in, moment)
    kind, organisation_id = col(ClearanceCaveat.kind), col(ClearanceCaveat.organisation_id)
    limits = and_(kind == CaveatKind.ORGANISATION, or_(organisation_id.is_(None), outside))
    yield ~exists().where(
        col(ClearanceCaveat.clearance_id) == col(Clearance.fact_id),
        moment.holds(ClearanceCaveat),
        or_(kind == CaveatKind.CONDITION, limits),
    )


def _is_limited(works_in: Callable[[Any], ColumnElement[bool]], moment: Moment) -> ColumnElement[bool]:
    """Whether an organisation where it is to be used takes it no more, so long after the decision.

    A condition for each number of years, not for each limit: of these there may be hundreds.
    """
    today, decided_on = civil_date(moment.valid_at), col(Clearance.decided_on)
    over = [
        and_(col(ClearanceLimit.years) == years, decided_on <= last_decided(today, years))
        for years in sorted(set(moment.years))
    ]
    return exists().where(
        moment.holds(ClearanceLimit),
        col(ClearanceLimit.level) == col(Clearance.level),
        works_in(col(ClearanceLimit.organisation_id)),
        or_(*over),
    )

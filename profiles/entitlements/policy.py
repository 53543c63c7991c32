"""Who may use an app, in which roles and why: pure and total functions of facts, rules and an instant."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.policy import Judgement, find_usable, judge
from profiles.employments.models import PostingKind
from profiles.entitlements.facts import AppRules, PersonFacts, PostingFact, RuleFact
from profiles.entitlements.reasons import (
    Basis,
    Granted,
    NoAgreement,
    NoPosting,
    NoRules,
    NoUsableClearance,
    OnLoan,
    Place,
    Reason,
    Refusal,
    RuleMatched,
    Suspended,
    WrongGrade,
    WrongKind,
    WrongOrganisation,
    WrongProfession,
)
from profiles.organisations.grades import between


@dataclass(frozen=True)
class Decision:
    """Whether a person may use an app at an instant, and why.

    ``roles`` are names, the most powerful first; ``reasons`` say what gave them or, after a refusal, what
    each rule missed first; ``how_to_ask`` is the app's contact. Until ``until`` (None: for ever) nothing that
    is known today changes the answer. An app that ``gets_no_tokens`` has not confirmed that it ended old
    access: who may use it may do so with what they have, but gets nothing new.
    """

    allowed: bool
    roles: tuple[str, ...]
    reasons: tuple[Reason, ...]
    how_to_ask: str
    until: datetime | None
    gets_no_tokens: bool = False


def decide(facts: PersonFacts, rules: AppRules, at: datetime) -> Decision:
    """Decide on one app. What no rule and no grant allows is refused, and so is an app without agreement."""
    return _decide(facts, places_at(facts, at), rules, at)


def decide_once(facts: PersonFacts, rules: AppRules, at: datetime) -> Decision:
    """The same, worked out once for these very facts and rules, for as long as nothing known changes it."""
    decided = facts.decided.get(rules.app_id)
    if decided is not None:
        by, since, decision = decided
        if by is rules and since <= at and (decision.until is None or at < decision.until):
            made: Decision = decision
            return made
    made = decide(facts, rules, at)
    facts.decided[rules.app_id] = rules, at, made
    return made


def decide_all(
    facts: PersonFacts, all_rules: Iterable[AppRules], at: datetime
) -> list[tuple[AppRules, Decision]]:
    """Decide on many apps, looking at the person once."""
    places = places_at(facts, at)
    return [(rules, _decide(facts, places, rules, at)) for rules in all_rules]


def places_at(facts: PersonFacts, at: datetime) -> tuple[Place, ...]:
    """Where the person works at ``at``, each posting with what surrounds it."""
    current = [posting for posting in facts.postings if posting.holds(at)]
    return tuple(_place(facts, posting, current, at) for posting in current)


def next_change(facts: PersonFacts, rules: AppRules, at: datetime) -> datetime | None:
    """The next instant after ``at`` at which a fact or rule that bears on the answer begins or ends."""
    coming = [
        instants[index]
        for instants in (facts.instants, rules.instants)
        if (index := bisect_right(instants, at)) < len(instants)
    ]
    for grant in facts.grants:
        if grant.app_id == rules.app_id:
            coming += [instant for instant in grant.instants() if instant > at]
    return min(coming, default=None)


def _decide(facts: PersonFacts, places: tuple[Place, ...], rules: AppRules, at: datetime) -> Decision:
    bases, refusals = _weigh(facts, places, rules, at)
    bases.sort(key=lambda basis: (-rules.rank_of(basis.role), basis.role))
    return Decision(
        allowed=bool(bases),
        roles=tuple(dict.fromkeys(basis.role for basis in bases)),
        reasons=tuple(bases) or refusals,
        how_to_ask=rules.contact,
        until=next_change(facts, rules, at),
        gets_no_tokens=rules.tokens_stopped_at is not None,
    )


def _weigh(
    facts: PersonFacts, places: tuple[Place, ...], rules: AppRules, at: datetime
) -> tuple[list[Basis], tuple[Refusal, ...]]:
    if any(suspension.holds(at) for suspension in facts.suspensions):
        return [], (Suspended(),)
    if rules.find_agreement(at) is None:
        return [], (NoAgreement(),)
    if not places:
        return [], (NoPosting(),)
    bases: list[Basis] = [
        Granted(grant.role_name, rules.label_of(grant.role_name), grant.valid_to)
        for grant in facts.grants
        if grant.app_id == rules.app_id and grant.holds(at)
    ]
    refusals: list[Refusal] = []
    asleep = _asleep(rules, places, at) if bases else None
    if asleep is not None:
        bases, refusals = [], [OnLoan(asleep.organisation_name)]
    for rule in rules.rules:
        if not rule.holds(at):
            continue
        basis, refusal = _apply(rule, rules, places, at)
        if basis is not None:
            bases.append(basis)
        if refusal is not None and refusal not in refusals:
            refusals.append(refusal)
    return bases, tuple(refusals) or (NoRules(),)


def _asleep(rules: AppRules, places: tuple[Place, ...], at: datetime) -> Place | None:
    """The home post with which roles given by hand sleep: the app's owner is of home, and of no place awake.

    An app is of a place when one of the two organisations is the other one, or above it.
    """
    if not any(place.sleeps for place in places):
        return None
    above = rules.surroundings.ancestors_of(rules.organisation_id, at)
    owning = [
        place
        for place in places
        if rules.organisation_id in place.ancestors or place.posting.organisation_id in above
    ]
    return owning[0] if owning and all(place.sleeps for place in owning) else None


def _apply(
    rule: RuleFact, rules: AppRules, places: tuple[Place, ...], at: datetime
) -> tuple[Basis | None, Refusal | None]:
    """The role that a rule gives, or the first condition that the nearest place misses."""
    label = rules.label_of(rule.role_name)
    organisation_id = rule.organisation_id
    name = None if organisation_id is None else rules.surroundings.name_of(organisation_id, at)
    nearest: tuple[int, Refusal] | None = None
    for place in places:
        missed = _first_missed(rule, label, name, place, places)
        if missed is None:
            level = _satisfying_level(rule, place)
            return RuleMatched(rule.role_name, label, rule, name, place, level), None
        if nearest is None or missed[0] > nearest[0]:
            nearest = missed
    return None, nearest[1] if nearest else None


def _first_missed(
    rule: RuleFact, label: str, organisation_name: str | None, place: Place, places: tuple[Place, ...]
) -> tuple[int, Refusal] | None:
    """The first condition that a place misses, numbered in the order in which they are looked at."""
    posting = place.posting
    if organisation_name is not None and not _is_in(rule, place):
        posted_in = tuple(dict.fromkeys(other.organisation_name for other in places))
        return 0, WrongOrganisation(organisation_name, posted_in)
    if rule.posting_kind is not None and rule.posting_kind != posting.kind:
        wanted = PostingKind.HOST if posting.kind is PostingKind.HOME else PostingKind.HOME
        return 1, WrongKind(label, wanted, place.organisation_name)
    if place.sleeps and rule.posting_kind is None:
        return 2, OnLoan(place.organisation_name)
    if not between(place.common_grade, rule.grade_from, rule.grade_to):
        return 3, WrongGrade(label, rule.grade_from, rule.grade_to, place)
    if rule.profession is not None and rule.profession.casefold() != posting.profession.casefold():
        return 4, WrongProfession(label, rule.profession, place)
    if rule.least_clearance is not None and _satisfying_level(rule, place) is None:
        return 5, _clearance_missed(rule.least_clearance, label, place)
    return None


def _is_in(rule: RuleFact, place: Place) -> bool:
    if rule.include_subtree:
        return rule.organisation_id in place.ancestors
    return rule.organisation_id == place.posting.organisation_id


def _satisfying_level(rule: RuleFact, place: Place) -> ClearanceLevel | None:
    """The level by which a place meets a rule; a level that we do not know is met by nobody."""
    required = _level(rule.least_clearance)
    clearance = find_usable(place.judged, required) if required else None
    return clearance.level if clearance else None


def _clearance_missed(required: str, label: str, place: Place) -> NoUsableClearance:
    level = _level(required)
    enough: list[Judgement] = [
        judgement
        for judgement in place.judged
        if level is not None and judgement.clearance.level.satisfies(level)
    ]
    return NoUsableClearance(label, required, place, enough[0] if enough else None)


def _level(name: str | None) -> ClearanceLevel | None:
    return next((level for level in ClearanceLevel if level.value == name), None)


def _place(facts: PersonFacts, posting: PostingFact, current: list[PostingFact], at: datetime) -> Place:
    same_employment = [other for other in current if other.employment_id == posting.employment_id]
    home_and_host: set[UUID] = {other.organisation_id for other in same_employment}
    around = facts.surroundings
    return Place(
        posting=posting,
        organisation_name=around.name_of(posting.organisation_id, at),
        organisation_code=around.code_of(posting.organisation_id),
        ancestors=frozenset(around.ancestors_of(posting.organisation_id, at)),
        common_grade=around.common_grade_of(posting.organisation_id, posting.local_grade, at),
        judged=judge(facts.clearances, facts.sponsorships, home_and_host, at, facts.caveats, around.limits),
        sleeps=posting.kind is PostingKind.HOME
        and any(other.kind is PostingKind.HOST for other in same_employment),
    )

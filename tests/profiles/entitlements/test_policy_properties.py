"""What holds of every decision, whatever the facts, rules and instant."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceStatus
from profiles.employments.models import PostingKind
from profiles.entitlements.explanation import explain
from profiles.entitlements.facts import AppRules, GrantFact, PersonFacts
from profiles.entitlements.policy import decide
from profiles.organisations.grades import CommonGrade
from tests.factories.facts import (
    APP,
    HMRC,
    HOME_OFFICE,
    PASSPORT_OFFICE,
    agreement,
    app,
    clearance,
    id_of,
    person,
    posting,
    rule,
    sponsorship,
)
from tests.factories.organisations import LONG_AGO
from tests.factories.planned_facts import PlannedFacts

# Few instants, civil midnights in summer and winter among them, so that facts meet and touch.
INSTANTS = [datetime(2026, 3, 25, tzinfo=UTC) + timedelta(hours=12 * step) for step in range(16)]
INSTANTS += [datetime(2026, 3, 29, 23, tzinfo=UTC), datetime(2026, 4, 1, 23, tzinfo=UTC)]
instants = st.sampled_from(sorted(INSTANTS))
ORGANISATIONS = st.sampled_from([HMRC, HOME_OFFICE, PASSPORT_OFFICE])
LEVELS = st.sampled_from([ClearanceLevel.CTC, ClearanceLevel.SC, ClearanceLevel.DV])
GRADES = st.none() | st.sampled_from([CommonGrade.EO, CommonGrade.HEO, CommonGrade.G7])


@st.composite
def spans(draw: st.DrawFn) -> dict[str, Any]:
    """When something is so: often always, so that decisions hang on one thing, or for a while."""
    if draw(st.booleans()):
        return {"valid_from": LONG_AGO}
    first, second = sorted([draw(instants), draw(instants)])
    ends = draw(st.booleans())
    return {"valid_from": first, "valid_to": max(second, first + timedelta(hours=1)) if ends else None}


@st.composite
def people(draw: st.DrawFn) -> PersonFacts:
    """A person with some postings, clearances, sponsorships and grants."""
    postings = [
        posting(
            draw(ORGANISATIONS),
            kind=draw(st.sampled_from(PostingKind)),
            local_grade=draw(st.sampled_from(["Officer", "Higher Officer", "Contractor", "Unheard of"])),
            employment_id=id_of(draw(st.sampled_from(["first", "second"]))),
            **span,
        )
        for span in draw(st.lists(spans(), max_size=3))
    ]
    held = [
        clearance(
            draw(LEVELS),
            status=draw(st.sampled_from([ClearanceStatus.ACTIVE, ClearanceStatus.SUSPENDED])),
            expires_on=date(2026, 3, 26) + timedelta(days=draw(st.integers(0, 8))),
            **span,
        )
        for span in draw(st.lists(spans(), max_size=2))
    ]
    sponsored = [
        sponsorship(draw(ORGANISATIONS), draw(LEVELS), **span) for span in draw(st.lists(spans(), max_size=3))
    ]
    grants = [
        GrantFact(app_id=APP, role_name="manager", **span) for span in draw(st.lists(spans(), max_size=1))
    ]
    return person(*postings, clearances=tuple(held), sponsorships=tuple(sponsored), grants=tuple(grants))


@st.composite
def apps(draw: st.DrawFn) -> AppRules:
    """An app with some rules and, mostly, an agreement."""
    rules = [
        rule(
            draw(st.sampled_from(["caseworker", "manager"])),
            organisation_id=draw(st.none() | ORGANISATIONS),
            include_subtree=draw(st.booleans()),
            grade_from=draw(GRADES),
            grade_to=draw(GRADES),
            posting_kind=draw(st.sampled_from([None, None, "home", "host", "nonsense"])),
            least_clearance=draw(st.sampled_from([None, "CTC", "CTC", "SC", "nonsense"])),
            **span,
        )
        for span in draw(st.lists(spans(), max_size=3))
    ]
    agreements = [agreement(**span) for span in draw(st.lists(spans(), min_size=1, max_size=1))]
    if draw(st.booleans()):
        agreements = [agreement()]
    return app(*rules, agreements=tuple(agreements))


@st.composite
def nearly_right(draw: st.DrawFn) -> tuple[PersonFacts, AppRules]:
    """A person and an app that fit in everything but time, so that the answer turns on one instant or two."""
    held = clearance(expires_on=date(2026, 3, 26) + timedelta(days=draw(st.integers(0, 8))), **draw(spans()))
    facts = person(posting(**draw(spans())), clearances=(held,), sponsorships=(sponsorship(**draw(spans())),))
    needs = rule(organisation_id=HMRC, least_clearance="SC", **draw(spans()))
    return facts, app(needs, agreements=(agreement(**draw(spans())),))


@given(st.tuples(people(), apps()) | nearly_right(), instants)
def test_nothing_changes_between_the_decision_and_its_until(
    case: tuple[PersonFacts, AppRules], at: datetime
) -> None:
    facts, rules = case
    decision = decide(facts, rules, at)
    later = [at + timedelta(microseconds=1), *INSTANTS]
    if decision.until is not None:
        assert decision.until > at
        later.append(decision.until - timedelta(microseconds=1))

    for moment in later:
        if moment > at and (decision.until is None or moment < decision.until):
            assert decide(facts, rules, moment) == decision


@given(people(), apps(), instants)
def test_every_decision_has_reasons_that_can_be_said(
    facts: PersonFacts, rules: AppRules, at: datetime
) -> None:
    decision = decide(facts, rules, at)

    for name in (None, "Priya Patel"):
        sentences = explain(decision, name)
        assert sentences
        assert all(str(sentence).endswith(".") for sentence in sentences)


@given(people(), apps(), instants)
def test_access_needs_a_current_posting_an_agreement_and_a_role(
    facts: PersonFacts, rules: AppRules, at: datetime
) -> None:
    decision = decide(facts, rules, at)

    if decision.allowed:
        assert any(one.holds(at) for one in facts.postings)
        assert rules.find_agreement(at) is not None
    assert decision.allowed is bool(decision.roles)


@given(people(), apps(), instants)
def test_what_is_over_or_still_to_come_does_not_bear_on_the_answer(
    facts: PersonFacts, rules: AppRules, at: datetime
) -> None:
    present = PersonFacts(
        facts.person_id,
        tuple(one for one in facts.postings if one.holds(at)),
        tuple(one for one in facts.clearances if one.holds(at)),
        tuple(one for one in facts.sponsorships if one.holds(at)),
        tuple(one for one in facts.grants if one.holds(at)),
        facts.surroundings,
    )

    whole, now_only = decide(facts, rules, at), decide(present, rules, at)

    assert (whole.roles, whole.reasons) == (now_only.roles, now_only.reasons)


@given(people(), apps(), instants)
def test_after_leaving_everything_nothing_is_left(facts: PersonFacts, rules: AppRules, at: datetime) -> None:
    left = PlannedFacts.of(facts)
    for organisation_id in (HMRC, HOME_OFFICE, PASSPORT_OFFICE):
        left = left.ending_postings(at, organisation_id)

    for moment in INSTANTS:
        if moment < at:
            assert decide(left, rules, moment).roles == decide(facts, rules, moment).roles
        else:
            assert not decide(left, rules, moment).allowed

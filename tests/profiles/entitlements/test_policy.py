"""The decision: every condition of a rule, grants, agreements, and refusals by default."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import PostingKind
from profiles.entitlements.facts import GrantFact, OrganisationFact, PersonFacts, PostingFact, Surroundings
from profiles.entitlements.policy import decide, decide_all, decide_once
from profiles.entitlements.reasons import (
    Granted,
    NoAgreement,
    NoPosting,
    NoRules,
    NoUsableClearance,
    OnLoan,
    RuleMatched,
    WrongGrade,
    WrongKind,
    WrongOrganisation,
    WrongProfession,
)
from profiles.organisations.grades import CommonGrade
from tests.factories.facts import (
    APP,
    HMRC,
    HOME_OFFICE,
    NOW,
    PASSPORT_OFFICE,
    SURROUNDINGS,
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

YESTERDAY, TOMORROW = NOW - timedelta(days=1), NOW + timedelta(days=1)
HOST = PostingKind.HOST


@pytest.mark.parametrize(
    ("conditions", "post", "refusal"),
    [
        ({}, {}, None),
        ({"organisation_id": HMRC}, {}, None),
        ({"organisation_id": HOME_OFFICE}, {}, WrongOrganisation),
        ({"organisation_id": HOME_OFFICE}, {"organisation_id": PASSPORT_OFFICE}, None),
        (
            {"organisation_id": HOME_OFFICE, "include_subtree": False},
            {"organisation_id": PASSPORT_OFFICE},
            WrongOrganisation,
        ),
        ({"organisation_id": PASSPORT_OFFICE}, {"organisation_id": HOME_OFFICE}, WrongOrganisation),
        ({"posting_kind": "home"}, {}, None),
        ({"posting_kind": "host"}, {}, WrongKind),
        ({"posting_kind": "host"}, {"kind": HOST}, None),
        ({"posting_kind": "home"}, {"kind": HOST}, WrongKind),
        ({"grade_from": CommonGrade.HEO, "grade_to": CommonGrade.HEO}, {}, None),
        ({"grade_from": CommonGrade.SEO}, {}, WrongGrade),
        ({"grade_to": CommonGrade.EO}, {}, WrongGrade),
        ({"grade_from": CommonGrade.AA}, {"local_grade": "Contractor"}, WrongGrade),
        ({"grade_from": CommonGrade.AA}, {"local_grade": "Unheard of"}, WrongGrade),
        ({}, {"local_grade": "Contractor"}, None),
        ({"profession": "operational delivery"}, {}, None),
        ({"profession": "Policy"}, {}, WrongProfession),
        ({"profession": "Policy"}, {"profession": ""}, WrongProfession),
        ({"least_clearance": "SC"}, {}, None),
        ({"least_clearance": "CTC"}, {}, None),
        ({"least_clearance": "DV"}, {}, NoUsableClearance),
        ({"least_clearance": "AC"}, {}, NoUsableClearance),
        ({"least_clearance": "no such level"}, {}, NoUsableClearance),
        ({"least_clearance": "SC"}, {"organisation_id": HOME_OFFICE}, NoUsableClearance),
        ({}, {"valid_to": NOW}, NoPosting),
        ({}, {"valid_from": TOMORROW}, NoPosting),
        ({}, {"valid_to": TOMORROW}, None),
        ({"valid_to": NOW}, {}, NoRules),
        ({"valid_from": TOMORROW}, {}, NoRules),
    ],
)
def test_a_rule_matches_when_every_condition_holds(
    conditions: dict[str, Any], post: dict[str, Any], refusal: type | None
) -> None:
    facts = person(posting(**post), clearances=(clearance(),), sponsorships=(sponsorship(),))

    decision = decide(facts, app(rule(**conditions)), NOW)

    assert decision.allowed is (refusal is None)
    assert decision.roles == (("caseworker",) if refusal is None else ())
    assert [type(reason) for reason in decision.reasons] == [refusal or RuleMatched]


def test_all_conditions_must_hold_for_one_posting_not_each_for_another() -> None:
    facts = person(
        posting(HMRC, local_grade="Officer"),
        posting(HOME_OFFICE, local_grade="Senior Officer", employment_id=id_of("second")),
    )

    assert not decide(facts, app(rule(organisation_id=HMRC, grade_from=CommonGrade.SEO)), NOW).allowed


@pytest.mark.parametrize("agreements", [(), (agreement(valid_to=NOW),), (agreement(valid_from=TOMORROW),)])
def test_an_app_without_agreement_in_force_refuses_everybody(agreements: tuple[Any, ...]) -> None:
    facts = person(posting(), grants=(GrantFact(app_id=APP, role_name="manager", valid_from=LONG_AGO),))

    decision = decide(facts, app(rule(), agreements=agreements), NOW)

    assert (decision.allowed, decision.roles, decision.reasons) == (False, (), (NoAgreement(),))


def test_an_app_without_rules_refuses() -> None:
    assert decide(person(posting()), app(), NOW).reasons == (NoRules(),)


def test_a_refusal_says_whom_to_ask() -> None:
    assert decide(person(), app(rule()), NOW).how_to_ask == "desk@hmrc.gov.uk"


def test_several_rules_give_the_union_of_their_roles_the_most_powerful_first() -> None:
    rules = app(rule("caseworker"), rule("manager"), rule("caseworker", organisation_id=HMRC))

    decision = decide(person(posting()), rules, NOW)

    assert decision.roles == ("manager", "caseworker")
    assert len(decision.reasons) == 3


@pytest.mark.parametrize(
    ("span", "postings", "roles"),
    [
        ({"valid_from": LONG_AGO}, (posting(HOME_OFFICE),), ("manager",)),
        ({"valid_from": LONG_AGO, "valid_to": NOW}, (posting(HOME_OFFICE),), ()),
        ({"valid_from": TOMORROW}, (posting(HOME_OFFICE),), ()),
        ({"valid_from": LONG_AGO}, (), ()),
        ({"valid_from": LONG_AGO}, (posting(HOME_OFFICE, valid_to=NOW),), ()),
        ({"valid_from": LONG_AGO, "app_id": id_of("other app")}, (posting(HOME_OFFICE),), ()),
    ],
)
def test_a_grant_gives_its_role_while_valid_to_somebody_who_works_somewhere(
    span: dict[str, Any], postings: tuple[PostingFact, ...], roles: tuple[str, ...]
) -> None:
    granted = GrantFact(**({"app_id": APP, "role_name": "manager"} | span))

    facts = person(*postings, grants=(granted,))

    assert decide(facts, app(rule(organisation_id=HMRC)), NOW).roles == roles


@pytest.mark.parametrize(
    ("conditions", "refusals"),
    [
        ({"organisation_id": HMRC}, [OnLoan]),
        ({"organisation_id": HMRC, "posting_kind": "home"}, []),
        ({"organisation_id": HOME_OFFICE}, []),
    ],
)
def test_access_at_home_sleeps_during_a_loan_unless_a_rule_keeps_it(
    conditions: dict[str, Any], refusals: list[type]
) -> None:
    decision = decide(person(posting(HMRC), posting(HOME_OFFICE, kind=HOST)), app(rule(**conditions)), NOW)

    assert [type(reason) for reason in decision.reasons] == (refusals or [RuleMatched])


ANOTHER = id_of("another organisation")


@pytest.mark.parametrize(
    ("owner", "postings", "sleeps"),
    [
        (HMRC, (posting(HMRC), posting(HOME_OFFICE, kind=HOST)), True),
        (HOME_OFFICE, (posting(PASSPORT_OFFICE), posting(HMRC, kind=HOST)), True),
        (PASSPORT_OFFICE, (posting(HOME_OFFICE), posting(HMRC, kind=HOST)), True),
        (HOME_OFFICE, (posting(HMRC), posting(HOME_OFFICE, kind=HOST)), False),
        (HOME_OFFICE, (posting(HMRC), posting(PASSPORT_OFFICE, kind=HOST)), False),
        (HOME_OFFICE, (posting(PASSPORT_OFFICE), posting(HOME_OFFICE, kind=HOST)), False),
        (ANOTHER, (posting(HMRC), posting(HOME_OFFICE, kind=HOST)), False),
        (HMRC, (posting(HMRC), posting(HOME_OFFICE, kind=HOST, employment_id=id_of("second"))), False),
        (HMRC, (posting(HMRC), posting(HOME_OFFICE, kind=HOST, valid_to=NOW)), False),
    ],
    ids=[
        "home's own app",
        "an app above home",
        "an app below home",
        "the host's app",
        "an app above the host",
        "lent within the app's organisation",
        "nobody's here",
        "home in another employment",
        "the loan is over",
    ],
)
def test_a_role_by_hand_at_home_sleeps_during_a_loan(
    owner: Any, postings: tuple[PostingFact, ...], sleeps: bool
) -> None:
    granted = GrantFact(app_id=APP, role_name="manager", valid_from=LONG_AGO)
    rules = replace(app(), organisation_id=owner, surroundings=SURROUNDINGS)

    decision = decide(person(*postings, grants=(granted,)), rules, NOW)

    assert [type(reason) for reason in decision.reasons] == [OnLoan if sleeps else Granted]
    assert decision.allowed is not sleeps


@pytest.mark.parametrize("sponsor", [HMRC, HOME_OFFICE])
def test_on_loan_a_clearance_of_home_or_host_counts(sponsor: Any) -> None:
    facts = person(
        posting(HMRC),
        posting(HOME_OFFICE, kind=HOST),
        clearances=(clearance(),),
        sponsorships=(sponsorship(sponsor),),
    )

    assert decide(facts, app(rule(organisation_id=HOME_OFFICE, least_clearance="SC")), NOW).allowed


def test_a_clearance_sponsored_for_another_employment_does_not_count() -> None:
    facts = person(
        posting(HMRC),
        posting(HOME_OFFICE, employment_id=id_of("second")),
        clearances=(clearance(),),
        sponsorships=(sponsorship(HMRC),),
    )

    assert not decide(facts, app(rule(organisation_id=HOME_OFFICE, least_clearance="SC")), NOW).allowed


def test_the_level_that_met_a_rule_is_named() -> None:
    facts = person(
        posting(),
        clearances=(clearance(ClearanceLevel.CTC), clearance(ClearanceLevel.DV)),
        sponsorships=(sponsorship(level=ClearanceLevel.DV),),
    )

    (reason,) = decide(facts, app(rule(least_clearance="SC")), NOW).reasons

    assert isinstance(reason, RuleMatched)
    assert reason.level is ClearanceLevel.DV


def test_a_refusal_names_for_each_rule_what_the_nearest_posting_misses() -> None:
    facts = person(posting(HMRC), posting(HOME_OFFICE, employment_id=id_of("second")))
    rules = app(
        rule(organisation_id=HMRC, grade_from=CommonGrade.G7),
        rule(organisation_id=PASSPORT_OFFICE, grade_from=CommonGrade.G7),
        rule("manager", organisation_id=PASSPORT_OFFICE),
    )

    reasons = decide(facts, rules, NOW).reasons

    assert [type(reason) for reason in reasons] == [WrongGrade, WrongOrganisation]


def test_organisations_above_each_other_in_a_loop_do_not_hang() -> None:
    loop = tuple(
        OrganisationFact(organisation_id=one, name="Loop", parent_id=other, valid_from=LONG_AGO)
        for one, other in ((HMRC, HOME_OFFICE), (HOME_OFFICE, HMRC))
    )
    facts = PersonFacts(id_of("person"), postings=(posting(),), surroundings=Surroundings(loop))

    assert decide(facts, app(rule(organisation_id=HOME_OFFICE)), NOW).allowed


def test_the_tree_is_that_of_the_instant() -> None:
    moved = OrganisationFact(
        organisation_id=PASSPORT_OFFICE, name="Passports", parent_id=HMRC, valid_from=TOMORROW
    )
    before = OrganisationFact(
        organisation_id=PASSPORT_OFFICE,
        name="Passports",
        parent_id=None,
        valid_from=LONG_AGO,
        valid_to=TOMORROW,
    )
    facts = PersonFacts(
        id_of("person"),
        postings=(posting(PASSPORT_OFFICE),),
        surroundings=Surroundings((moved, before), SURROUNDINGS.grades),
    )
    rules = app(rule(organisation_id=HMRC))

    now = decide(facts, rules, NOW)

    assert (now.allowed, now.until) == (False, TOMORROW)
    assert decide(facts, rules, TOMORROW).allowed


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        (person(posting(valid_to=TOMORROW)), app(rule())),
        (person(posting(valid_from=TOMORROW)), app(rule())),
        (person(posting(), clearances=(clearance(valid_to=TOMORROW),)), app(rule())),
        (person(posting(), sponsorships=(sponsorship(valid_from=TOMORROW),)), app(rule())),
        (
            person(posting(), grants=(GrantFact(app_id=APP, role_name="x", valid_from=TOMORROW),)),
            app(rule()),
        ),
        (person(posting()), app(rule(valid_to=TOMORROW))),
        (person(posting()), app(rule(), agreements=(agreement(valid_to=TOMORROW),))),
    ],
)
def test_until_is_the_next_instant_at_which_a_fact_or_rule_begins_or_ends(
    facts: PersonFacts, rules: Any
) -> None:
    assert decide(facts, rules, NOW).until == TOMORROW


def test_until_is_the_end_of_the_day_on_which_a_clearance_expires() -> None:
    facts = person(posting(), clearances=(clearance(),), sponsorships=(sponsorship(),))

    until = decide(facts, app(rule(least_clearance="SC")), NOW).until

    assert until is not None
    assert until.isoformat() == "2030-05-31T23:00:00+00:00"


def test_another_app_s_grant_does_not_shorten_until() -> None:
    other = GrantFact(app_id=id_of("other app"), role_name="x", valid_from=LONG_AGO, valid_to=TOMORROW)

    assert decide(person(posting(), grants=(other,)), app(rule()), NOW).until is None


def test_decisions_on_many_apps_are_the_decisions_on_each() -> None:
    facts, many = person(posting()), [app(rule()), app(rule(organisation_id=HOME_OFFICE)), app()]

    assert decide_all(facts, many, NOW) == [(one, decide(facts, one, NOW)) for one in many]


def test_a_decision_is_made_once_until_something_known_changes_it() -> None:
    facts, rules = person(posting(valid_to=TOMORROW)), app(rule())
    made = decide_once(facts, rules, NOW)
    assert made == decide(facts, rules, NOW)
    assert decide_once(facts, rules, TOMORROW - timedelta(microseconds=1)) is made
    for at in (TOMORROW, YESTERDAY):
        assert decide_once(facts, rules, at) == decide(facts, rules, at)
    assert not decide_once(facts, rules, TOMORROW).allowed


def test_a_decision_holds_for_its_own_rules_alone() -> None:
    facts = person(posting())
    assert decide_once(facts, app(rule()), NOW).allowed
    assert not decide_once(facts, app(rule(organisation_id=HOME_OFFICE)), NOW).allowed

"""Reasons in plain English, for the person and about the person."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from profiles.clearances.models import ClearanceStatus
from profiles.employments.models import PostingKind
from profiles.entitlements.explanation import explain, with_article
from profiles.entitlements.facts import GrantFact, PersonFacts
from profiles.entitlements.policy import decide
from profiles.organisations.grades import CommonGrade
from tests.factories.facts import (
    APP,
    EO_TO_SEO,
    HMRC,
    HOME_OFFICE,
    NOW,
    PASSPORT_OFFICE,
    app,
    clearance,
    id_of,
    person,
    posting,
    rule,
    sponsorship,
)
from tests.factories.organisations import LONG_AGO

AT_HMRC = person(posting())
CLEARED = person(posting(), clearances=(clearance(),), sponsorships=(sponsorship(),))
SPONSORED_ELSEWHERE = person(posting(), clearances=(clearance(),), sponsorships=(sponsorship(HOME_OFFICE),))
SUSPENDED = person(posting(), clearances=(clearance(status=ClearanceStatus.SUSPENDED),))
EXPIRED = person(posting(), clearances=(clearance(expires_on=date(2026, 2, 28)),))
WITHDRAWN = person(posting(), clearances=(clearance(status=ClearanceStatus.WITHDRAWN),))
ON_LOAN = person(posting(), posting(HOME_OFFICE, kind=PostingKind.HOST))
TWO_JOBS = person(posting(), posting(PASSPORT_OFFICE, employment_id=id_of("second")))


def said(facts: PersonFacts, conditions: dict[str, Any], name: str | None = None) -> str:
    decision = decide(facts, app(rule(**conditions)), NOW)
    return " ".join(str(sentence) for sentence in explain(decision, name))


@pytest.mark.parametrize(
    ("facts", "conditions", "sentence"),
    [
        (
            AT_HMRC,
            {"organisation_id": HMRC} | EO_TO_SEO,
            "You are a Higher Officer (HEO) in HM Revenue & Customs. Caseworker is for EO to SEO there.",
        ),
        (
            AT_HMRC,
            {"organisation_id": HOME_OFFICE},
            "This app is for people posted in the Home Office; you are posted in HM Revenue & Customs.",
        ),
        (
            TWO_JOBS,
            {"organisation_id": id_of("nowhere")},
            "This app is for people posted in an unknown organisation; you are posted in "
            "HM Revenue & Customs and HM Passport Office.",
        ),
        (
            person(posting(PASSPORT_OFFICE)),
            {"organisation_id": HOME_OFFICE, "grade_from": CommonGrade.EO},
            "You are a Higher Officer (HEO) in HM Passport Office. Caseworker is for EO and above in the "
            "Home Office.",
        ),
        (
            CLEARED,
            {"least_clearance": "CTC", "profession": "Operational Delivery"},
            "You are a Higher Officer (HEO) in HM Revenue & Customs, and you meet SC. Caseworker is for "
            "people of any grade of the Operational Delivery profession who meet CTC.",
        ),
        (
            AT_HMRC,
            {"grade_from": CommonGrade.G7},
            "Caseworker is for G7 and above; you are a Higher Officer (HEO) in HM Revenue & Customs.",
        ),
        (
            AT_HMRC,
            {"grade_to": CommonGrade.EO},
            "Caseworker is for grades up to EO; you are a Higher Officer (HEO) in HM Revenue & Customs.",
        ),
        (
            person(posting(local_grade="Officer")),
            {"grade_from": CommonGrade.HEO, "grade_to": CommonGrade.HEO},
            "Caseworker is for HEO; you are an Officer (EO) in HM Revenue & Customs.",
        ),
        (
            AT_HMRC,
            {"profession": "Policy"},
            "Caseworker is for the Policy profession; yours in HM Revenue & Customs is Operational Delivery.",
        ),
        (
            person(posting(profession="")),
            {"profession": "Policy"},
            "Caseworker is for the Policy profession; your posting in HM Revenue & Customs names none.",
        ),
        (
            AT_HMRC,
            {"posting_kind": "host"},
            "Caseworker is for people on loan; your posting in HM Revenue & Customs is not a loan.",
        ),
        (
            ON_LOAN,
            {"organisation_id": HOME_OFFICE, "posting_kind": "home"},
            "Caseworker is not for people on loan; you are on loan to the Home Office.",
        ),
        (
            ON_LOAN,
            {"organisation_id": HMRC},
            "While you are on loan, your access in HM Revenue & Customs sleeps.",
        ),
        (
            AT_HMRC,
            {"least_clearance": "SC"},
            "Caseworker needs SC, and you do not hold it or a higher level.",
        ),
        (
            SPONSORED_ELSEWHERE,
            {"least_clearance": "SC"},
            "Caseworker needs SC; your SC is not sponsored by or shared with HM Revenue & Customs.",
        ),
        (SUSPENDED, {"least_clearance": "SC"}, "Caseworker needs SC; your SC is suspended."),
        (WITHDRAWN, {"least_clearance": "SC"}, "Caseworker needs SC; your SC is no longer active."),
        (
            EXPIRED,
            {"least_clearance": "SC"},
            "Caseworker needs SC; your SC expired after 28 February 2026.",
        ),
        (person(), {}, "You have no current posting."),
        (
            AT_HMRC,
            {"valid_to": NOW},
            "Access to this app is given by hand, and you have not been given it.",
        ),
    ],
)
def test_the_person_reads_which_rule_and_which_fact(
    facts: PersonFacts, conditions: dict[str, Any], sentence: str
) -> None:
    assert said(facts, conditions) == sentence


@pytest.mark.parametrize(
    ("facts", "conditions", "sentence"),
    [
        (
            AT_HMRC,
            {"organisation_id": HMRC} | EO_TO_SEO,
            "Priya Patel is a Higher Officer (HEO) in HM Revenue & Customs. "
            "Caseworker is for EO to SEO there.",
        ),
        (
            AT_HMRC,
            {"organisation_id": HOME_OFFICE},
            "This app is for people posted in the Home Office, and Priya Patel is not posted there.",
        ),
        (
            SUSPENDED,
            {"least_clearance": "SC"},
            "Caseworker needs SC, and Priya Patel has none that can be used in HM Revenue & Customs.",
        ),
        (person(), {}, "Priya Patel has no current posting."),
    ],
)
def test_what_is_said_about_somebody_tells_less(
    facts: PersonFacts, conditions: dict[str, Any], sentence: str
) -> None:
    assert said(facts, conditions, "Priya Patel") == sentence


@pytest.mark.parametrize("facts", [SUSPENDED, WITHDRAWN, EXPIRED, SPONSORED_ELSEWHERE, AT_HMRC])
def test_about_a_clearance_others_learn_only_that_it_cannot_be_used(facts: PersonFacts) -> None:
    assert said(facts, {"least_clearance": "SC"}, "P") == said(AT_HMRC, {"least_clearance": "SC"}, "P")


def test_others_do_not_learn_of_a_higher_level_than_the_rule_asks_for() -> None:
    assert "SC" not in said(CLEARED, {"least_clearance": "CTC"}, "Priya Patel")


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        (None, "You were given Manager by hand."),
        (datetime(2026, 6, 30, 23, tzinfo=UTC), "You were given Manager by hand, until 30 June 2026."),
    ],
)
def test_a_grant_names_its_role_and_its_last_day(ends: datetime | None, sentence: str) -> None:
    grant = GrantFact(app_id=APP, role_name="manager", valid_from=LONG_AGO, valid_to=ends)

    decision = decide(person(posting(), grants=(grant,)), app(), NOW)

    assert [str(each) for each in explain(decision)] == [sentence]


def test_an_app_without_agreement_says_so() -> None:
    decision = decide(AT_HMRC, app(rule(), agreements=()), NOW)

    assert [str(each) for each in explain(decision)] == [
        "This app has no data-sharing agreement in force, so nobody can be signed in to it."
    ]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Home Office", "the Home Office"),
        ("Department for Education", "the Department for Education"),
        ("Ministry of Justice", "the Ministry of Justice"),
        ("Department HMRC", "Department HMRC"),
        ("HM Revenue & Customs", "HM Revenue & Customs"),
        ("HM Passport Office", "HM Passport Office"),
        ("", ""),
    ],
)
def test_an_organisation_has_its_article_in_a_sentence(name: str, written: str) -> None:
    assert with_article(name) == written

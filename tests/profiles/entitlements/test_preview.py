"""What a planned move would change, shown before it is approved."""

from datetime import timedelta

import pytest

from profiles.entitlements.explanation import sentences
from profiles.entitlements.facts import GrantFact, PersonFacts
from profiles.entitlements.preview import AccessChange, Change, compare
from profiles.organisations.grades import CommonGrade
from tests.factories.facts import (
    APP,
    HMRC,
    HOME_OFFICE,
    NOW,
    SURROUNDINGS,
    app,
    clearance,
    id_of,
    person,
    posting,
    rule,
    sponsorship,
)
from tests.factories.organisations import LONG_AGO

LEAVE, JOIN = NOW + timedelta(days=5), NOW + timedelta(days=7)
BEFORE = person(posting(), clearances=(clearance(),), sponsorships=(sponsorship(),))
MOVED = (
    BEFORE.ending_postings(LEAVE, HMRC)
    .with_posting(
        posting(
            HOME_OFFICE,
            employment_id=id_of("second"),
            local_grade="Senior Officer",
            valid_from=JOIN,
        ),
        SURROUNDINGS,
    )
    .ending_sponsorships(LEAVE, HMRC)
    .with_sponsorship(sponsorship(HOME_OFFICE, valid_from=JOIN))
)
OLD = app(rule(organisation_id=HMRC), app_id=id_of("old"), app_name="Old")
NEW = app(
    rule(organisation_id=HOME_OFFICE, least_clearance="SC"),
    app_id=id_of("new"),
    app_name="New",
    organisation_id=HOME_OFFICE,
)
EVERYBODYS = app(rule(), app_id=id_of("everybody's"), app_name="Everybody's")
BY_GRADE = app(rule(), rule("manager", grade_from=CommonGrade.SEO), app_id=id_of("grade"), app_name="Grade")
NOBODYS = app(rule(valid_to=LONG_AGO + timedelta(days=1)), app_id=id_of("nobody's"))


def previewed(*apps: object, after: PersonFacts = MOVED) -> list[AccessChange]:
    return compare(BEFORE, after, NOW, JOIN, apps)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules", "change", "before", "after", "at"),
    [
        (OLD, Change.ENDS, ("Caseworker",), (), LEAVE),
        (NEW, Change.BEGINS, (), ("Caseworker",), JOIN),
        (EVERYBODYS, Change.STAYS, ("Caseworker",), ("Caseworker",), None),
        (BY_GRADE, Change.CHANGES, ("Caseworker",), ("Manager", "Caseworker"), JOIN),
    ],
)
def test_a_move_ends_begins_changes_and_keeps_access(
    rules: object, change: Change, before: object, after: object, at: object
) -> None:
    (found,) = previewed(rules)

    assert (found.change, found.roles_before, found.roles_after, found.at) == (change, before, after, at)


def test_an_app_closed_before_and_after_is_left_out() -> None:
    assert previewed(NOBODYS) == []


def test_a_change_says_why() -> None:
    ends, begins = previewed(OLD, NEW)

    assert [str(one) for one in sentences(ends.reasons, "Priya Patel")] == [
        "This app is for people posted in HM Revenue & Customs, and Priya Patel is not posted there."
    ]
    assert [str(one) for one in sentences(begins.reasons)] == [
        "You are a Senior Officer (SEO) in the Home Office, and you meet SC. Caseworker is for people of "
        "any grade there who meet SC."
    ]
    assert begins.organisation_name == "Home Office"


def test_a_role_given_by_hand_ends_with_the_apps_of_the_old_department() -> None:
    grant = GrantFact(app_id=APP, role_name="manager", valid_from=LONG_AGO)
    before = person(posting(), grants=(grant,))
    after = before.ending_postings(LEAVE, HMRC).with_posting(
        posting(HOME_OFFICE, valid_from=LEAVE), SURROUNDINGS
    )

    kept, ended = (
        compare(before, facts, NOW, JOIN, [app()])[0] for facts in (after, after.ending_grants(LEAVE, [APP]))
    )

    assert (kept.change, ended.change, ended.at) == (Change.STAYS, Change.ENDS, LEAVE)


def test_the_facts_of_a_plan_leave_the_facts_themselves_alone() -> None:
    assert [one.valid_to for one in BEFORE.postings] == [None]
    assert [(one.organisation_id, one.valid_from, one.valid_to) for one in MOVED.postings] == [
        (HMRC, LONG_AGO, LEAVE),
        (HOME_OFFICE, JOIN, None),
    ]


def test_what_would_begin_only_after_the_end_never_is() -> None:
    later = person(posting(valid_from=JOIN), posting(valid_to=NOW))

    assert later.ending_postings(LEAVE, HMRC).postings == (posting(valid_to=NOW),)

"""Facts and rules as they are read from the database, on both kinds."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Posting
from profiles.entitlements import service
from profiles.entitlements.policy import decide
from profiles.errors import NotFound
from profiles.loads import Load
from profiles.organisations.grades import CommonGrade
from profiles.temporal import end, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.clearances import make_clearance
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_employee
from tests.factories.planned_facts import PlannedFacts


def test_a_rule_for_a_department_lets_in_the_people_of_its_agencies(session: Session, now: datetime) -> None:
    department = make_organisation(session, now, "HO")
    agency = make_organisation(session, now, "HMPO", parent=department)
    app = make_app(session, now, department)
    make_rule(session, now, app, organisation_id=department.id, grade_from=CommonGrade.EO)
    person_id = make_employee(session, now, agency).person_id

    facts = service.facts_of(session, person_id, now)

    assert decide(facts, service.rules_of(session, app.id, now), now).roles == ("caseworker",)


def test_facts_bring_the_whole_chain_of_organisations_and_the_grades(session: Session, now: datetime) -> None:
    top = make_organisation(session, now, "TOP")
    middle = make_organisation(session, now, "MID", parent=top)
    bottom = make_organisation(session, now, "LOW", parent=middle)
    make_organisation(session, now, "ELSE")
    person_id = make_employee(session, now, bottom).person_id

    around = service.facts_of(session, person_id, now).surroundings

    assert around.ancestors_of(bottom.id, now) == (bottom.id, middle.id, top.id)
    assert {fact.name for fact in around.organisations} == {
        "Department TOP",
        "Department MID",
        "Department LOW",
    }
    assert around.common_grade_of(bottom.id, "Higher Officer", now) is CommonGrade.HEO


def test_facts_hold_what_is_still_to_come(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    person_id = make_employee(session, now, hmrc, since=date(2026, 4, 1)).person_id
    app = make_app(session, now, hmrc)
    make_rule(session, now, app, organisation_id=hmrc.id)
    facts, rules = service.facts_of(session, person_id, now), service.rules_of(session, app.id, now)
    first_day = start_of_day(date(2026, 4, 1))

    today = decide(facts, rules, now)

    assert (today.allowed, today.until) == (False, first_day)
    assert decide(facts, rules, first_day).allowed


def test_facts_are_those_known_at_the_time(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    posting = make_employee(session, now, hmrc)
    person_id, later = posting.person_id, now + timedelta(days=1)
    end(session, posting, now - timedelta(days=10), later, PROVENANCE)

    as_known_before = service.facts_of(session, person_id, now).postings
    as_known_after = service.facts_of(session, person_id, later).postings

    assert as_known_before[0].valid_to is None
    assert as_known_after[0].valid_to == now - timedelta(days=10)


def test_facts_of_a_load_are_not_seen_before_it_is_published(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    posting = make_employee(session, now, hmrc)
    load = Load(organisation_id=hmrc.id, kind="test", content_hash="1", rows_total=0, started_at=now)
    session.add(load)
    session.flush()
    posting.load_id = load.id
    session.flush()

    before = service.facts_of(session, posting.person_id, now)
    load.published_at = now
    session.flush()
    after = service.facts_of(session, posting.person_id, now)

    assert (len(before.postings), len(after.postings)) == (0, 1)


def test_a_clearance_counts_where_it_is_sponsored(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    app = make_app(session, now, hmrc)
    make_rule(session, now, app, organisation_id=hmrc.id, least_clearance="CTC")
    sponsored, elsewhere = (
        make_employee(session, now, hmrc, name).person_id for name in ("priya.patel", "sam.smith")
    )
    make_clearance(session, now, sponsored, hmrc, ClearanceLevel.SC)
    make_clearance(session, now, elsewhere, home_office, ClearanceLevel.SC)
    rules = service.rules_of(session, app.id, now)

    assert decide(service.facts_of(session, sponsored, now), rules, now).allowed
    assert not decide(service.facts_of(session, elsewhere, now), rules, now).allowed


def test_rules_of_an_unknown_app_are_not_found(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        service.rules_of(session, uuid4(), now)


def test_an_unknown_person_has_no_facts(session: Session, now: datetime) -> None:
    assert service.facts_of(session, uuid4(), now).postings == ()


def test_all_rules_are_the_rules_of_each(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    apps = [make_app(session, now, hmrc, "Zebra"), make_app(session, now, home_office, "Aardvark")]
    for app in apps:
        make_rule(session, now, app, organisation_id=hmrc.id, grade_to=CommonGrade.G7)

    found = service.all_rules(session, now)

    assert [rules.app_name for rules in found] == ["Aardvark", "Zebra"]
    for rules in found:
        alone = service.rules_of(session, rules.app_id, now)
        assert (rules.rules, rules.roles, rules.agreements) == (alone.rules, alone.roles, alone.agreements)
        assert set(rules.surroundings.organisations) == set(alone.surroundings.organisations)


def test_your_apps_are_all_apps_with_the_decision_on_each(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    mine, other = make_app(session, now, hmrc, "Mine"), make_app(session, now, home_office, "Other")
    make_rule(session, now, mine, organisation_id=hmrc.id)
    make_rule(session, now, other, organisation_id=home_office.id)
    person_id = make_employee(session, now, hmrc).person_id

    access = service.access_of(session, person_id, now)

    assert [(rules.app_name, decision.allowed) for rules, decision in access] == [
        ("Mine", True),
        ("Other", False),
    ]


def test_a_preview_for_hr_shows_only_the_apps_of_their_organisations(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    for organisation in (hmrc, home_office):
        app = make_app(session, now, organisation, organisation.code)
        make_rule(session, now, app, organisation_id=organisation.id)
    posting = make_employee(session, now, hmrc)
    facts = service.facts_of(session, posting.person_id, now)
    leave = datetime(2026, 4, 1, tzinfo=UTC)

    changes = service.preview(
        session,
        facts,
        PlannedFacts.of(facts).ending_postings(leave, hmrc.id),
        now,
        leave,
        known_at=now,
        organisation_ids={hmrc.id},
    )

    assert [(change.app_name, change.change, change.at) for change in changes] == [("HMRC", "ends", leave)]
    assert session.exec(select(Posting)).all() == [posting]

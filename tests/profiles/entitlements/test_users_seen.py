"""What an officer sees of who uses an app: their own people, as long as they are theirs, and no others."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from profiles.employments.models import PostingKind
from profiles.entitlements.service import rules_of
from profiles.entitlements.users_seen import (
    UserSeen,
    asks_for_high_clearance,
    numbers_at,
    users_at,
    users_changed_on,
)
from profiles.people import sensitive
from profiles.temporal import end, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_employee

DAY = date(2026, 4, 1)


def brief(found: list[UserSeen]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(one.family_name, one.before, one.after) for one in found]


def test_own_people_come_by_family_name_and_no_others(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    app = make_app(session, now, hmrc)
    make_rule(session, now, app)
    for organisation, name in ((hmrc, "ann.zeta"), (hmrc, "bob.alpha"), (home_office, "dee.elsewhere")):
        make_employee(session, now, organisation, name)
    found = users_at(session, app.id, {hmrc.id}, now, now)
    assert [(one.family_name, one.given_name) for one in found] == [("Alpha", "Bob"), ("Zeta", "Ann")]
    assert {one.organisation_id for one in found} == {hmrc.id}
    assert brief(found)[0] == ("Alpha", ("caseworker",), ("caseworker",))


def test_who_is_marked_sensitive_is_in_no_list(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now)
    app = make_app(session, now, hmrc)
    make_rule(session, now, app)
    hidden = make_employee(session, now, hmrc, "ann.hidden").person_id
    officer = make_employee(session, now, hmrc, "bob.officer").person_id
    sensitive.mark(
        session,
        now,
        person_id=hidden,
        organisation_id=hmrc.id,
        officer_id=officer,
        reason="Undercover",
    )
    assert [one.person_id for one in users_at(session, app.id, {hmrc.id}, now, now)] == [officer]


def test_each_side_of_a_move_sees_its_own_part_of_the_day(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    app = make_app(session, now, hmrc)
    make_rule(session, now, app)
    make_rule(session, now, app, "manager", organisation_id=home_office.id)
    old = make_employee(session, now, hmrc, "ann.mover")
    coming = old.model_dump(include={"person_id", "employment_id", "kind", "local_grade", "job_title"})
    end(session, old, start_of_day(DAY), now, PROVENANCE)
    session.add(
        type(old)(organisation_id=home_office.id, **coming, **PROVENANCE.stamp(now, start_of_day(DAY)))
    )
    session.flush()

    theirs = users_changed_on(session, app.id, {hmrc.id}, DAY, now)
    assert brief(theirs) == [("Mover", ("caseworker",), ())]
    assert brief(users_changed_on(session, app.id, {home_office.id}, DAY, now)) == [
        ("Mover", (), ("manager", "caseworker"))
    ]
    assert users_changed_on(session, app.id, {hmrc.id}, DAY + timedelta(days=1), now) == []


@pytest.mark.parametrize(
    ("least", "expected"), [(None, False), ("SC", False), ("AC", False), ("DV", True), ("eDV", True)]
)
def test_nobody_is_listed_by_a_high_clearance(
    session: Session, now: datetime, least: str | None, expected: bool
) -> None:
    app = make_app(session, now, make_organisation(session, now))
    make_rule(session, now, app, least_clearance=least)
    rules = rules_of(session, app.id, now)
    assert asks_for_high_clearance(rules, now) is expected


def test_everybody_is_counted_at_each_organisation(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    app = make_app(session, now, hmrc)
    make_rule(session, now, app)
    lent = make_employee(session, now, hmrc, "ann.lent")
    make_employee(session, now, hmrc, "bob.stays")
    values = lent.model_dump(include={"person_id", "employment_id", "local_grade", "job_title"})
    values |= {"organisation_id": home_office.id, "kind": PostingKind.HOST}
    session.add(type(lent)(**values, **PROVENANCE.stamp(now, now)))
    session.flush()
    assert numbers_at(session, app.id, now, now) == {hmrc.id: 2, home_office.id: 1}

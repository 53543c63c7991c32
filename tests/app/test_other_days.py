"""Pages that show what held on another day, as known on a day, beside what holds now."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import Session

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceLimit
from profiles.organisations.models import Team, TeamContact
from profiles.people import sensitive
from profiles.people.models import SensitiveMark
from profiles.roles.models import Role
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact, record
from tests.app.page_checks import check_page
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.policies import make_policy
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

THEN = "valid_on=10&valid_on=2&valid_on=2026"
KNOWN_BEFORE = "known_on=1&known_on=3&known_on=2026"
"""The day before everything was recorded, which is 2 March 2026."""


def officer(app: Flask, move: Move, role: Role, *, elsewhere: bool = False) -> Visitor:
    place = move.home_office if elsewhere else move.hmrc
    person_id = make_employee(move.session, move.now, place, "olga.officer").person_id
    give_role(move.session, move.now, person_id, role, place.id)
    move.session.commit()
    return sign_in(app, person_id)


def only_in_february(now: datetime) -> dict[str, object]:
    """The stamp of what began thirty days ago and ended ten days ago."""
    return PROVENANCE.stamp(now, now - timedelta(days=30), now - timedelta(days=10))


def put(session: Session, fact: Fact) -> None:
    record(session, fact)
    session.commit()


def shows(visitor: Visitor, path: str, words: str) -> list[bool]:
    """Whether the page says so of now, of then, and of then as known before it was recorded."""
    found = []
    for query in ("", f"?{THEN}", f"?{THEN}&{KNOWN_BEFORE}"):
        page = visitor.open(path + query)
        check_page(page.text)
        assert page.status_code == 200
        found.append(words in page.text)
    return found


def test_clearance_limits(app: Flask, move: Move) -> None:
    stamp, level = only_in_february(move.now), ClearanceLevel.SC
    put(move.session, ClearanceLimit(organisation_id=move.hmrc.id, level=level, years=4, **stamp))
    reader = officer(app, move, Role.SECURITY_OFFICER)
    assert shows(reader, "/people/clearance-limits", "4 years") == [False, True, False]
    assert "/people/clearance-limits/" not in reader.open(f"/people/clearance-limits?{THEN}").text


def test_sign_in_policies(app: Flask, move: Move) -> None:
    make_policy(move.session, move.now, move.hmrc.id, move.now - timedelta(days=30), set_up_days=17)
    reader = officer(app, move, Role.ORGANISATION_ADMINISTRATOR)
    path = f"/organisations/policies/{move.hmrc.id}"
    assert shows(reader, path, "17") == [True, True, False]
    assert "Propose a change" not in reader.open(f"{path}?{THEN}").text


def test_team_contacts(app: Flask, move: Move) -> None:
    stamp = only_in_february(move.now)
    put(
        move.session,
        TeamContact(organisation_id=move.hmrc.id, team=Team.HR, phone="0300 200 3300", **stamp),
    )
    reader = officer(app, move, Role.ORGANISATION_ADMINISTRATOR)
    assert shows(reader, "/organisations/contacts", "0300 200 3300") == [False, True, False]


def test_suspended_accounts(app: Flask, move: Move) -> None:
    who = {"person_id": move.employee, "organisation_id": move.hmrc.id}
    put(move.session, AccountSuspension(**who, **only_in_february(move.now)))
    reader = officer(app, move, Role.SECURITY_OFFICER)
    assert shows(reader, "/people/suspended", f"/people/{move.employee}") == [False, True, False]


@pytest.mark.parametrize("by_them", [True, False])
def test_a_mark_that_another_organisation_set_and_lifted_is_not_told(
    app: Flask, move: Move, by_them: bool
) -> None:
    place = move.hmrc if by_them else move.home_office
    who = {"person_id": move.employee, "organisation_id": place.id}
    put(move.session, SensitiveMark(**who, **only_in_february(move.now)))
    reader = officer(app, move, Role.SECURITY_OFFICER)
    path = f"/people/{move.employee}/sensitivity"
    assert shows(reader, path, PROVENANCE.reason) == [False, by_them, False]


def test_a_mark_that_stands_is_read_by_who_came_after_it_was_set(app: Flask, move: Move) -> None:
    mark(move, move.home_office.id)
    reader = officer(app, move, Role.SECURITY_OFFICER)
    page = reader.open(f"/people/{move.employee}/sensitivity?valid_on=2&valid_on=3&valid_on=2026")
    check_page(page.text)
    assert "threats at home" in page.text


def mark(move: Move, place: UUID) -> None:
    who = {"person_id": move.employee, "organisation_id": place, "officer_id": move.hmrc_officer}
    sensitive.mark(move.session, move.now, reason="threats at home", **who)
    move.session.commit()

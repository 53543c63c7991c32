"""Who of one's own people may use an app, on pages and as CSV; an app's owner sees numbers."""

import csv
import io
import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.apps.models import App
from profiles.clearances.levels import ClearanceLevel
from profiles.entitlements.users_seen import numbers_at
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.apps import make_app, make_rule
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


@pytest.fixture
def desk(move: Move) -> UUID:
    """An app of HMRC for everybody."""
    app = make_app(move.session, move.now, move.hmrc, "Open Desk")
    make_rule(move.session, move.now, app)
    move.session.commit()
    return app.id


def test_each_officer_sees_their_own_people_only(app: Flask, move: Move, desk: UUID) -> None:
    officer = sign_in(app, move.hmrc_officer)
    listed = officer.open("/people/apps").text
    check_page(listed)
    assert f"/people/apps/{desk}" in listed
    page = officer.open(f"/people/apps/{desk}").text
    check_page(page)
    assert "Patel, Priya" in page
    assert "Caseworker" in page
    assert "Ward, Olivia" not in page
    other = sign_in(app, move.preparer).open(f"/people/apps/{desk}").text
    assert "Ward, Olivia" in other
    assert "Patel" not in other
    assert sign_in(app, move.employee).open(f"/people/apps/{desk}").status_code == 403


def test_a_list_has_pages_and_the_csv_has_everybody(app: Flask, move: Move, desk: UUID) -> None:
    for number in range(30):
        make_employee(move.session, move.now, move.hmrc, f"anna.a{number:02}")
    make_employee(move.session, move.now, move.hmrc, "evil.=cmd")
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    first = officer.open(f"/people/apps/{desk}").text
    assert first.count('scope="row"') == 25
    assert f"/people/apps/{desk}?page=2" in first
    answer = officer.open(f"/people/apps/{desk}/users.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) >= 33
    assert {row["organisation"] for row in rows} == {"HMRC"}
    assert {row["roles"] for row in rows} == {"caseworker"}
    assert "'=Cmd" in {row["family_name"] for row in rows}


def test_a_day_shows_what_it_changes(app: Flask, move: Move, desk: UUID) -> None:
    day = (move.now + timedelta(days=30)).date()
    make_employee(move.session, move.now, move.hmrc, "nell.newcomer", since=day)
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    asked = f"on={day.day}&on={day.month}&on={day.year}"
    assert "Newcomer" not in officer.open(f"/people/apps/{desk}").text
    assert "Newcomer, Nell" in officer.open(f"/people/apps/{desk}?{asked}").text
    page = officer.open(f"/people/apps/{desk}/changes?{asked}").text
    check_page(page)
    assert "Newcomer, Nell" in page
    assert "No access" in page
    assert "Patel" not in page
    rows = list(csv.DictReader(io.StringIO(officer.open(f"/people/apps/{desk}/changes.csv?{asked}").text)))
    assert [(row["family_name"], row["roles_before"], row["roles_after"]) for row in rows] == [
        ("Newcomer", "", "caseworker")
    ]
    wrong = officer.open(f"/people/apps/{desk}/changes?on=31&on=2&on=2026").text
    check_page(wrong)
    assert "govuk-error-message" in wrong


def test_nobody_is_named_where_a_high_clearance_is_asked_for(app: Flask, move: Move, desk: UUID) -> None:
    closed = move.session.exec(select(App).where(App.id == desk)).one()
    make_rule(move.session, move.now, closed, "manager", least_clearance="DV")
    move.session.commit()
    officer = sign_in(app, move.hmrc_officer)
    for page in ("", "/changes"):
        shown = officer.open(f"/people/apps/{desk}{page}").text
        check_page(shown)
        assert "Patel" not in shown
    for file in ("users.csv", "changes.csv"):
        assert officer.open(f"/people/apps/{desk}/{file}").status_code == 403


def test_an_owner_sees_numbers_and_no_name(app: Flask, move: Move, desk: UUID) -> None:
    for number in range(12):
        make_employee(move.session, move.now, move.hmrc, f"anna.a{number:02}")
    owner = make_employee(move.session, move.now, move.hmrc, "oona.owner").person_id
    give_role(move.session, move.now, owner, Role.APP_OWNER, move.hmrc.id)
    move.session.commit()
    visitor = sign_in(app, owner)
    page = visitor.open(f"/apps/{desk}/users").text
    check_page(page)
    assert "Department HMRC" in page
    assert "Fewer than 10" in page
    assert re.search(r"About \d0\b", page)
    assert "Patel" not in page
    visas = move.session.exec(select(App.id).where(App.name == "Visa Desk")).one()
    move.session.rollback()
    assert visitor.open(f"/apps/{visas}/users").status_code == 404


def test_by_an_app_for_the_cleared_no_owner_learns_that_an_organisation_has_a_few(
    app: Flask, move: Move
) -> None:
    cleared = make_app(move.session, move.now, move.hmrc, "Cleared Desk")
    make_rule(move.session, move.now, cleared, least_clearance=ClearanceLevel.SC)
    owner = make_employee(move.session, move.now, move.hmrc, "oona.owner").person_id
    give_role(move.session, move.now, owner, Role.APP_OWNER, move.hmrc.id)
    assert sum(numbers_at(move.session, cleared.id, move.now, move.now).values()) in range(1, 10)
    move.session.commit()
    page = sign_in(app, owner).open(f"/apps/{cleared.id}/users").text
    check_page(page)
    assert "Department HMRC" not in page
    assert "Nobody may use it" not in page
    assert "organisations with few such people are left out" in page

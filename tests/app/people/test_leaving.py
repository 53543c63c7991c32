"""HR records that somebody leaves, a second officer approves, and it is taken back before the day."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from identity.sessions import service as sessions
from profiles.employments.models import Employment
from profiles.portable_profile.models import RecordChange
from profiles.roles.models import Role
from profiles.temporal import current, end_of_day
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

TYPED: dict[str, Any] = {
    "cause": "resigned",
    "last_day": ["31", "3", "2026"],
    "source": "Letter of 1 March",
    "reason": "They move abroad",
}
ENDS = end_of_day(date(2026, 3, 31))


@pytest.fixture
def second(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, person_id, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    return person_id


def leaving(move: Move) -> tuple[str, str]:
    """The page of the employee's employment, and the version that it shows."""
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    found = f"/people/{move.employee}/leaving/{held.fact_id}", str(held.id)
    move.session.rollback()
    return found


def approve(move: Move, colleague: Visitor) -> None:
    (found,) = [one for one in move.session.exec(select(RecordChange)) if one.decided_at is None]
    path = f"/people/changes/{found.id}"
    move.session.rollback()
    page = colleague.open(path).text
    check_page(page)
    assert "What it does to access" in page
    assert "Tax Desk" in page
    assert colleague.submit(f"{path}/approve", page=path).status_code == 303


def test_it_is_checked_approved_shown_and_taken_back(app: Flask, move: Move, second: UUID) -> None:
    officer, colleague = sign_in(app, move.hmrc_officer), sign_in(app, second)
    person, (path, version) = f"/people/{move.employee}", leaving(move)
    assert path in officer.open(person).text
    check_page(officer.open(path).text)
    checked = officer.submit(path, **TYPED, version=version)
    check_page(checked.text)
    assert "31 March 2026" in checked.text
    assert "They resigned" in checked.text
    assert officer.submit(path, **TYPED, version=version, checked="yes").status_code == 303
    assert "They leave" in colleague.open("/people/changes").text
    approve(move, colleague)
    page = officer.open(person).text
    check_page(page)
    assert "the last day is 31 March 2026" in page
    assert f"{path}/take-back" in page
    _, version = leaving(move)
    typed = {"source": "Mail", "reason": "They stay", "version": version}
    check_page(officer.submit(f"{path}/take-back", **typed).text)
    assert officer.submit(f"{path}/take-back", **typed, checked="yes").status_code == 303
    assert "They stay after all" in colleague.open("/people/changes").text
    approve(move, colleague)
    assert "the last day is" not in officer.open(person).text


def test_the_fields_that_are_wrong_are_named(app: Flask, move: Move, second: UUID) -> None:
    officer, (path, version) = sign_in(app, move.hmrc_officer), leaving(move)
    for wrong, words in (
        ({"cause": ""}, "Say why they leave"),
        ({"last_day": ["", "", ""]}, "Enter the last day"),
        ({"last_day": ["1", "1", "2030"]}, "within two years"),
    ):
        refused = officer.submit(path, **TYPED | wrong, version=version)
        assert refused.status_code == 422
        assert words in refused.text
        check_page(refused.text)


def test_who_has_died_is_signed_out_here_and_everywhere_at_once(app: Flask, move: Move, second: UUID) -> None:
    officer, colleague = sign_in(app, move.hmrc_officer), sign_in(app, second)
    theirs = sign_in(app, move.employee)
    assert theirs.open("/profile").status_code == 200
    path, version = leaving(move)
    typed = TYPED | {"cause": "died", "last_day": ["", "", ""]}
    officer.submit(path, **typed, version=version, checked="yes")
    approve(move, colleague)
    assert sessions.list_for_person(move.session, move.employee, move.now) == []
    assert theirs.open("/profile").status_code == 302


def test_nobody_ends_their_own_nor_that_of_another_organisation(app: Flask, move: Move, second: UUID) -> None:
    path, _ = leaving(move)
    assert sign_in(app, move.stranger).open(path).status_code == 404
    assert sign_in(app, move.preparer).open(path).status_code == 404
    (own,) = current(move.session, Employment, move.now, move.now, person_id=move.hmrc_officer)
    path = f"/people/{move.hmrc_officer}/leaving/{own.fact_id}"
    move.session.rollback()
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 403

"""HR records a career break and finds the person still; a second officer approves, the return too."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.employments.models import CareerBreak, Posting
from profiles.portable_profile.models import RecordChange
from profiles.roles.models import Role
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.factories.apps_of_move import make_apps
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

WHY = {"source": "Letter of 1 March", "reason": "To care for a relative"}


@pytest.fixture
def second(move: Move) -> UUID:
    make_apps(move)
    person_id = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, person_id, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    return person_id


def typed(day: date) -> list[str]:
    return [str(day.day), str(day.month), str(day.year)]


def only(move: Move, model: Any) -> Any:
    (found,) = current(move.session, model, move.now, move.now, person_id=move.employee)
    move.session.expunge(found)
    move.session.rollback()
    return found


def approve(move: Move, colleague: Visitor) -> str:
    """The page on which the colleague approves what waits."""
    (found,) = [one for one in move.session.exec(select(RecordChange)) if one.decided_at is None]
    path = f"/people/changes/{found.id}"
    move.session.rollback()
    page = colleague.open(path).text
    check_page(page)
    assert colleague.submit(f"{path}/approve", page=path).status_code == 303
    return page


def test_it_is_recorded_found_expected_anew_and_ended_by_two_officers(
    app: Flask, move: Move, second: UUID
) -> None:
    officer, colleague = sign_in(app, move.hmrc_officer), sign_in(app, second)
    person, today = f"/people/{move.employee}", move.now.date()
    post = only(move, Posting)
    path = f"{person}/break/{post.employment_id}"
    assert path in officer.open(person).text
    check_page(officer.open(path).text)
    said: dict[str, Any] = WHY | {
        "first_day": typed(today),
        "return_on": typed(today),
        "version": post.id,
    }
    refused = officer.submit(path, **said)
    assert refused.status_code == 422
    assert "The expected return must be after the first day of the break" in refused.text
    assert "To care for a relative" in refused.text
    said["return_on"] = typed(today + timedelta(days=200))
    checked = officer.submit(path, **said).text
    check_page(checked)
    assert "Tax Desk" in checked
    assert officer.submit(path, **said, checked="yes").status_code == 303
    page = approve(move, colleague)
    assert "A career break begins" in page
    assert "Posts (1)" in page
    page = officer.open(person).text
    check_page(page)
    assert "They are on a career break and have no post" in page
    begun = only(move, CareerBreak)
    assert officer.open("/people?q=HMRC-priya.patel").status_code == 302
    check_page(officer.open(f"{person}/change/pension/add").text)
    assert officer.open(f"{person}/change/career-break/add").status_code == 404
    listed = officer.open("/people/breaks").text
    check_page(listed)
    assert person in listed
    own = sign_in(app, move.employee).open("/profile").text
    check_page(own)
    assert "Your career break from" in own
    path = f"{person}/break/{begun.fact_id}"
    assert sign_in(app, move.stranger).open(f"{path}/return").status_code == 404
    assert "stay ended" in officer.open(f"{path}/take-back").text
    undone = officer.submit(f"{path}/take-back", **WHY, version=begun.id).text
    check_page(undone)
    assert "First day of the break" in undone
    check_page(officer.open(f"{path}/expect").text)
    form = officer.open(f"{path}/return").text
    check_page(form)
    assert 'value="Caseworker"' in form
    back: dict[str, Any] = WHY | {
        "first_day": typed(today + timedelta(days=100)),
        "local_grade": post.local_grade,
        "job_title": "Team Member",
        "salary_pence": "39000",
        "fte_thousandths": "60",
        "version": begun.id,
    }
    checked = officer.submit(f"{path}/return", **back).text
    check_page(checked)
    assert "£39,000" in checked
    assert "Tax Desk" in checked
    assert officer.submit(f"{path}/return", **back, checked="yes").status_code == 303
    assert "Team Member" in approve(move, colleague)
    assert only(move, CareerBreak).valid_to is not None
    page = officer.open(person).text
    assert "They return on" in page
    assert "Correct the return" in page
    form = officer.open(f"{path}/return").text
    assert 'value="39,000"' in form or 'value="39000' in form

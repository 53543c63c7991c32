"""What HR has to put right is reached: of two organisations, nameless, said dead by mistake, or to come."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlmodel import col, select

from profiles.employments.models import Employment, Posting
from profiles.employments.service import Post, appoint
from profiles.people.models import Person, PersonName, WorkPhone, WorkPlace
from profiles.portable_profile.models import RecordChange
from profiles.roles.models import Role
from profiles.temporal import current, end_of_day, history, supersede
from tests.app.page_checks import check_page
from tests.factories.contact import make_office
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import employ_too, give_role, make_employee
from tests.factories.transfers import Move
from tests.support.phone import Phone
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

WHY = {"source": "Mail", "reason": "As they say"}
SINCE = {"first_day": ["1", "2", "2026"], "last_day": ["", "", ""]}
WHOSE = "Of which organisation is it?"


@pytest.fixture
def second(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "sam.second").person_id
    give_role(move.session, move.now, person_id, Role.HR_OFFICER, move.hmrc.id)
    move.session.commit()
    return person_id


def approve(move: Move, colleague: Visitor) -> None:
    (found,) = [one for one in move.session.exec(select(RecordChange)) if one.decided_at is None]
    path = f"/people/changes/{found.id}"
    move.session.rollback()
    check_page(colleague.open(path).text)
    assert colleague.submit(f"{path}/approve", page=path).status_code == 303


def employ_in_both(move: Move) -> str:
    """The employee works at both departments, and one officer is HR of both; where things are added."""
    employ_too(move.session, move.now, move.employee, move.home_office)
    give_role(move.session, move.now, move.hmrc_officer, Role.HR_OFFICER, move.home_office.id)
    move.session.commit()
    return f"/people/{move.employee}/change"


def test_a_phone_number_is_that_of_the_organisation_that_hr_names(app: Flask, move: Move, page: Page) -> None:
    officer = sign_in(app, move.hmrc_officer)
    move.session.commit()
    path = f"/people/{move.employee}/change/phone/add"
    assert WHOSE not in officer.open(path).text
    path = f"{employ_in_both(move)}/phone/add"
    form = officer.open(path).text
    check_page(form)
    Phone(app, page).look(form, path)
    assert WHOSE in form
    typed: dict[str, Any] = {"number": "+44 20 7946 0123", **SINCE, **WHY}
    refused = officer.submit(path, **typed)
    assert (refused.status_code, "Say of which organisation it is" in refused.text) == (422, True)
    assert officer.submit(path, **typed, organisation=str(move.stranger)).status_code == 422
    named = typed | {"organisation": str(move.home_office.id)}
    assert officer.submit(path, **named, checked="yes").status_code == 303
    (held,) = history(move.session, WorkPhone, move.now, person_id=move.employee)
    assert held.organisation_id == move.home_office.id


def test_an_office_says_by_itself_of_which_organisation_it_is(app: Flask, move: Move) -> None:
    office = make_office(move.session, move.now, move.home_office).fact_id
    path = f"{employ_in_both(move)}/office/add"
    officer = sign_in(app, move.hmrc_officer)
    form = officer.open(path).text
    check_page(form)
    assert f"{move.home_office.name}, " in form
    assert WHOSE not in form
    typed: dict[str, Any] = {"office_id": str(office), **SINCE, **WHY}
    assert officer.submit(path, **typed, checked="yes").status_code == 303
    (held,) = history(move.session, WorkPlace, move.now, person_id=move.employee)
    assert held.organisation_id == move.home_office.id


def test_somebody_without_a_name_has_a_page(app: Flask, move: Move) -> None:
    for one in history(move.session, PersonName, move.now, person_id=move.employee):
        supersede(move.session, one, move.now, None)
    move.session.commit()
    page = sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}")
    assert page.status_code == 200
    check_page(page.text)


def test_a_death_that_was_none_is_taken_back_after_the_last_day(app: Flask, move: Move, second: UUID) -> None:
    officer, colleague = sign_in(app, move.hmrc_officer), sign_in(app, second)
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    path, version = f"/people/{move.employee}/leaving/{held.fact_id}", str(held.id)
    move.session.rollback()
    typed = {"cause": "died", "last_day": ["", "", ""], **WHY}
    assert officer.submit(path, **typed, version=version, checked="yes").status_code == 303
    approve(move, colleague)
    later = move.now + timedelta(days=3)
    app.config["CLOCK"] = lambda: later
    officer, colleague = sign_in(app, move.hmrc_officer), sign_in(app, second)
    record = f"/people/{move.employee}/record"
    page = officer.open(record).text
    check_page(page)
    assert f"{path}/take-back" in page
    check_page(officer.open(f"{path}/take-back").text)
    said = select(Employment.id).where(
        col(Employment.fact_id) == held.fact_id, col(Employment.superseded_at).is_(None)
    )
    stays = WHY | {"version": str(move.session.exec(said).one())}
    move.session.rollback()
    back = officer.submit(f"{path}/take-back", **stays, checked="yes")
    assert back.headers["Location"] == record
    assert officer.open(record).status_code == 200
    approve(move, colleague)
    assert move.session.get_one(Person, move.employee).death_recorded_at is None
    assert current(move.session, Employment, later, later, person_id=move.employee)
    move.session.rollback()
    for other in (move.stranger, move.preparer):
        assert sign_in(app, other).open(f"{path}/take-back").status_code == 404


def test_an_employment_to_come_that_nobody_agreed_elsewhere_is_withdrawn(
    app: Flask, move: Move, second: UUID
) -> None:
    starts_on = date(2026, 6, 1)
    employment, post = appoint(
        move.session,
        move.now,
        PROVENANCE,
        INITIATOR,
        person_id=move.stranger,
        organisation_id=move.hmrc.id,
        number="HMRC-soon",
        starts_on=starts_on,
        continuous_service_from=starts_on,
        post=Post(local_grade="Officer", job_title="Adviser"),
    )
    version, fact_id, post_id = str(employment.id), employment.fact_id, post.fact_id
    move.session.commit()
    officer, colleague = sign_in(app, move.hmrc_officer), sign_in(app, second)
    path = f"/people/{move.stranger}/change/employment/{fact_id}/end"
    assert path in officer.open(f"/people/{move.stranger}/record").text
    check_page(officer.open(path).text)
    checked = officer.submit(path, **WHY, version=version).text
    check_page(checked)
    assert "Posts (1)" in checked
    assert officer.submit(path, **WHY, version=version, checked="yes").status_code == 303
    approve(move, colleague)
    now = move.now + timedelta(minutes=1)
    assert history(move.session, Employment, now, fact_id=fact_id) == []
    assert history(move.session, Posting, now, fact_id=post_id) == []
    begun = current(move.session, Employment, end_of_day(starts_on), now, person_id=move.stranger)
    assert [one.organisation_id for one in begun] != []


def test_an_employment_that_has_begun_is_not_withdrawn(app: Flask, move: Move) -> None:
    (held,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    path = f"/people/{move.employee}/change/employment/{held.fact_id}/end"
    move.session.commit()
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 404

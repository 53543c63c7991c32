"""What people read about themselves."""

from datetime import UTC, date, datetime

from flask import Flask
from sqlmodel import select

from profiles.apps.models import App
from profiles.disclosure.service import release
from profiles.people.contact import record_birth_date
from tests.app.page_checks import check_page
from tests.factories.contact import NUMBER, give_phone, make_office, place_at
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import make_person
from tests.factories.transfers import Move, Release
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


def test_everybody_begins_at_their_profile(employee: Visitor) -> None:
    answer = employee.open("/")
    assert (answer.status_code, answer.location) == (302, "/profile")


def test_the_profile_shows_job_grade_clearance_and_address(employee: Visitor) -> None:
    page = employee.open("/profile").text
    check_page(page)
    for words in (
        "Priya Patel",
        "Department HMRC",
        "Higher Officer (HEO)",
        "Yes, in Department HMRC",
        "31 December 2029",
        "priya.patel@hmrc.gov.uk",
    ):
        assert words in page, words


def test_the_profile_shows_how_one_is_reached_at_work(employee: Visitor, move: Move) -> None:
    give_phone(move.session, move.now, move.employee, move.hmrc)
    office = make_office(move.session, move.now, move.hmrc)
    place_at(move.session, move.now, move.employee, move.hmrc, office)
    record_birth_date(
        move.session, move.now, PROVENANCE, INITIATOR, person_id=move.employee, born_on=date(1991, 8, 17)
    )
    move.session.commit()
    page = employee.open("/profile").text
    check_page(page)
    for words in (NUMBER, "1 Ruskin Square, Dingwall Road, Croydon, CR0 2WF", "17 August 1991"):
        assert words in page, words


def test_a_scheduled_move_shows_both_jobs_and_the_salary_to_come(employee: Visitor, move: Move) -> None:
    move.schedule()
    move.session.commit()
    page = employee.open("/profile").text
    check_page(page)
    assert "To come" in page
    assert "Senior Officer (SEO)" in page
    assert "£41,000" in page
    assert "Department HO, from 16 March 2026" in page
    assert "Department HMRC, until 13 March 2026" in page


def test_after_the_move_the_clearance_is_used_in_the_new_department(app: Flask, move: Move) -> None:
    move.schedule()
    move.session.commit()
    app.config["CLOCK"] = lambda: datetime(2026, 3, 16, 9, tzinfo=UTC)
    page = sign_in(app, move.employee).open("/profile").text
    assert "Yes, in Department HO" in page
    assert "Past" in page
    assert "Higher Officer (HEO)" in page


def test_a_clearance_that_lapsed_says_that_it_cannot_be_used(app: Flask, move: Move) -> None:
    move.schedule(Release(True, True, False))
    move.session.commit()
    app.config["CLOCK"] = lambda: datetime(2026, 3, 16, 9, tzinfo=UTC)
    page = sign_in(app, move.employee).open("/profile").text
    assert "No: it is not active" in page
    assert "Lapsed" in page


def test_each_app_says_why_it_is_open_or_closed_and_how_to_ask(employee: Visitor) -> None:
    page = employee.open("/profile/apps").text
    check_page(page)
    assert "You are a Higher Officer (HEO) in Department HMRC. Caseworker is for EO to SEO there." in page
    assert "This app is for people posted in Department HO; you are posted in Department HMRC." in page
    assert "desk@ho.gov.uk" in page


def test_the_release_log_says_what_was_told_and_why(employee: Visitor, move: Move) -> None:
    check_page(employee.open("/profile/disclosures").text)
    app = move.session.exec(select(App).where(App.name == "Tax Desk")).one()
    release(
        move.session,
        move.employee,
        app.id,
        claims=frozenset({"name", "grade"}),
        session_reference="one",
        now=move.now,
    )
    move.session.commit()
    page = employee.open("/profile/disclosures?page=7").text
    check_page(page)
    assert "your grade, your name" in page
    assert "to open your cases" in page
    assert "public task" in page


def test_nobody_else_reads_ones_profile(app: Flask, move: Move) -> None:
    page = sign_in(app, move.hmrc_officer).open("/profile").text
    assert "Priya" not in page


def test_a_person_without_any_job_has_a_profile(app: Flask, move: Move) -> None:
    person_id = make_person(move.session, move.now, "ada.king@example.gov.uk")
    move.session.commit()
    page = sign_in(app, person_id).open("/profile").text
    check_page(page)
    assert "No employment is recorded." in page


def test_the_day_that_a_past_job_ended_is_shown(app: Flask, move: Move) -> None:
    move.schedule(last_day=date(2026, 3, 6))
    move.session.commit()
    assert "6 March 2026" in sign_in(app, move.employee).open("/profile").text

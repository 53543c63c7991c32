"""The record as it was on a day, on the person's own page and on HR's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask

from profiles.employments.models import Posting
from profiles.temporal import Provenance, current, replace
from tests.app.page_checks import check_page
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

LATER = datetime(2026, 3, 4, 9, tzinfo=UTC)


def correct_grade(app: Flask, move: Move) -> UUID:
    """HR corrects the grade a day after the fixture's moment; the clock goes on to the day after that."""
    posting = current(move.session, Posting, move.now, move.now, person_id=move.employee)[0]
    fact_id = posting.fact_id
    said = Provenance(move.hmrc_officer, "page", "Entered wrongly")
    replace(move.session, posting, move.now + timedelta(days=1), said, local_grade="Officer")
    move.session.commit()
    app.config["CLOCK"] = lambda: LATER
    return fact_id


def test_the_person_sees_what_we_know_and_what_we_knew(app: Flask, move: Move) -> None:
    correct_grade(app, move)
    employee = sign_in(app, move.employee)
    now = employee.open("/profile/record").text
    check_page(now)
    assert "Officer (EO)" in now
    then = employee.open("/profile/record?known_on=2&known_on=3&known_on=2026").text
    check_page(then)
    assert "Higher Officer (HEO)" in then
    assert "as we knew it on 2 March 2026" in then


def test_the_history_of_a_fact_says_who_when_why(app: Flask, move: Move) -> None:
    fact_id = correct_grade(app, move)
    page = sign_in(app, move.employee).open(f"/profile/record/posting/{fact_id}").text
    check_page(page)
    for words in ("Higher Officer", "Officer (EO)", "Entered wrongly", "Harriet Khan", "It stands"):
        assert words in page, words


def test_a_date_that_is_none_says_so_and_shows_today(app: Flask, move: Move) -> None:
    page = sign_in(app, move.employee).open("/profile/record?valid_on=31&valid_on=2&valid_on=2026").text
    check_page(page)
    assert "The day to look at must be a real date" in page
    assert "Higher Officer" in page


def test_the_old_employer_opens_its_own_period_and_nobody_else_does(app: Flask, move: Move) -> None:
    move.schedule()
    move.session.commit()
    app.config["CLOCK"] = lambda: datetime(2026, 4, 1, 9, tzinfo=UTC)
    path = f"/people/{move.employee}/record"
    page = sign_in(app, move.hmrc_officer).open(path).text
    check_page(page)
    assert "13 March 2026" in page
    assert "Department HO" not in page
    assert (
        sign_in(app, move.hmrc_officer).open(f"{path}?valid_on=1&valid_on=4&valid_on=2026").status_code == 404
    )
    assert sign_in(app, move.stranger).open(path).status_code == 404
    assert "Department HMRC" not in sign_in(app, move.home_office_officer).open(path).text


def test_an_entry_of_another_employer_has_no_history_here(app: Flask, move: Move) -> None:
    theirs = current(move.session, Posting, move.now, move.now, person_id=move.employee)[0].fact_id
    move.schedule()
    move.session.commit()
    app.config["CLOCK"] = lambda: datetime(2026, 4, 1, 9, tzinfo=UTC)
    path = f"/people/{move.employee}/record/posting/{theirs}"
    assert sign_in(app, move.home_office_officer).open(path).status_code == 404
    assert sign_in(app, move.hmrc_officer).open(path).status_code == 200

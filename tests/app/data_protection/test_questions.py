"""From an entry of the release log to its answer, on the pages of both sides."""

from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from profiles.apps.models import App
from profiles.disclosure.models import Disclosure
from profiles.disclosure.service import release
from profiles.questions.models import Question
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

LOG, DESK = "/profile/disclosures", "/data-protection"


@pytest.fixture
def officer(app: Flask, move: Move) -> Visitor:
    person_id = make_employee(move.session, move.now, move.hmrc, "dora.data").person_id
    give_role(move.session, move.now, person_id, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    move.session.commit()
    return sign_in(app, person_id)


@pytest.fixture
def entry(app: Flask, move: Move) -> UUID:
    """A line of the employee's log."""
    desk = move.session.exec(select(App).where(App.name == "Tax Desk")).one()
    claims = frozenset({"name", "grade"})
    release(move.session, move.employee, desk.id, claims=claims, session_reference="one", now=move.now)
    found = move.session.exec(select(Disclosure.id)).one()
    move.session.commit()
    return found


def question_id(move: Move) -> UUID:
    found = move.session.exec(select(Question.id)).one()
    move.session.rollback()
    return found


@pytest.mark.looks_at(
    "data_protection/question.html",
    "my_profile/new_question.html",
    "my_profile/question.html",
)
def test_a_person_asks_and_reads_the_answer(app: Flask, move: Move, entry: UUID, officer: Visitor) -> None:
    priya, path = sign_in(app, move.employee), f"{LOG}/{entry}/question"
    assert path in priya.open(LOG).text
    form = priya.open(path).text
    check_page(form)
    assert "answer by 1 April 2026" in form
    sent = priya.submit(path, words="Why my grade?\n<b>I ask</b>")
    assert sent.status_code == 303
    mine = f"/profile/questions/{question_id(move)}"
    assert sent.location == mine
    waiting = priya.open(mine).text
    check_page(waiting)
    assert "answers by 1 April 2026" in waiting
    log = priya.open(LOG).text
    check_page(log)
    assert mine in log

    check_page(officer.open(DESK).text)
    listed = officer.open(f"{DESK}/questions").text
    check_page(listed)
    assert "Priya Patel" in listed
    theirs = f"{DESK}/questions/{question_id(move)}"
    page = officer.open(theirs).text
    check_page(page)
    assert "&lt;b&gt;I ask&lt;/b&gt;" in page
    assert officer.submit(theirs, words="To show it beside your cases.").status_code == 303
    check_page(officer.open(theirs).text)

    answered = priya.open(mine).text
    check_page(answered)
    assert "To show it beside your cases." in answered
    assert "Read the answer to your question" in priya.open(LOG).text


def test_what_is_refused_keeps_what_was_written(
    app: Flask, move: Move, entry: UUID, officer: Visitor
) -> None:
    priya, path = sign_in(app, move.employee), f"{LOG}/{entry}/question"
    empty = priya.submit(path, words=" ")
    assert empty.status_code == 422
    check_page(empty.text)
    priya.submit(path, words="Why?")
    assert priya.open(path).location == f"/profile/questions/{question_id(move)}"
    again = priya.submit(path, page="/profile/sessions", words="Why again?")
    assert again.status_code == 409
    check_page(again.text)
    assert "Why again?" in again.text
    theirs = f"{DESK}/questions/{question_id(move)}"
    too_long = officer.submit(theirs, words="x" * 2001)
    assert too_long.status_code == 422
    check_page(too_long.text)
    officer.submit(theirs, words="Because.")
    late = officer.submit(theirs, page="/profile/sessions", words="Second.")
    assert late.status_code == 409
    check_page(late.text)
    assert "Second." in late.text


def test_nobody_else_reads_either_side(app: Flask, move: Move, entry: UUID, officer: Visitor) -> None:
    sign_in(app, move.employee).submit(f"{LOG}/{entry}/question", words="Why?")
    found = question_id(move)
    other = sign_in(app, move.hmrc_officer)
    assert other.open(f"/profile/questions/{found}").status_code == 404
    assert other.open(f"{LOG}/{entry}/question").status_code == 404
    assert other.open(f"{DESK}/questions/{found}").status_code == 403
    stranger = make_employee(move.session, move.now, move.home_office, "dirk.data").person_id
    give_role(move.session, move.now, stranger, Role.DATA_PROTECTION_OFFICER, move.home_office.id)
    move.session.commit()
    assert sign_in(app, stranger).open(f"{DESK}/questions/{found}").status_code == 404


def test_where_nobody_answers_yet_the_form_says_so(app: Flask, move: Move, entry: UUID) -> None:
    page = sign_in(app, move.employee).open(f"{LOG}/{entry}/question").text
    check_page(page)
    assert "has no data protection officer in Lanyard at present" in page
    assert "dpo@example.gov.uk" in page

"""Seeing and ending one's own sessions."""

from uuid import UUID

from flask import Flask
from sqlmodel import select

from identity.sessions.models import LoginSession, SessionClient
from identity.sign_in import known_browsers
from profiles.apps.models import App
from tests.app.page_checks import check_page
from tests.factories.session_clients import use_app
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

PATH = "/profile/sessions"


def elsewhere(move: Move) -> UUID:
    """The id of a session at the employee's phone, in use at HMRC's app."""
    app = move.session.exec(select(App).where(App.name == "Tax Desk")).one()
    session_id = use_app(move.session, move.now, move.employee, app).session_id
    move.session.commit()
    return session_id


def live(move: Move) -> int:
    move.session.expire_all()
    found = move.session.exec(select(LoginSession).where(LoginSession.ended_at == None)).all()  # noqa: E711
    move.session.rollback()
    return len(found)


def test_each_session_says_where_it_is_and_which_apps_it_opened(employee: Visitor, move: Move) -> None:
    elsewhere(move)
    page = employee.open(PATH).text
    check_page(page)
    assert "Firefox on Windows" in page
    assert "This is where you are now" in page
    assert "Safari on iPhone" in page
    assert "Tax Desk" in page


def test_ending_one_session_ends_it_at_its_apps(employee: Visitor, move: Move) -> None:
    session_id = elsewhere(move)
    answer = employee.submit(f"{PATH}/{session_id}/end", page=PATH)
    assert (answer.status_code, answer.location) == (303, PATH)
    assert live(move) == 1
    assert move.session.exec(select(SessionClient)).one().ended_at == move.now
    check_page(employee.open(PATH).text)


def test_signing_out_everywhere_else_keeps_the_session_in_use(employee: Visitor, move: Move) -> None:
    elsewhere(move)
    employee.submit(f"{PATH}/end-others", page=PATH)
    assert live(move) == 1
    assert employee.open(PATH).status_code == 200


def test_ending_the_session_in_use_leads_to_sign_in(employee: Visitor, move: Move) -> None:
    session_id = move.session.exec(select(LoginSession.id)).one()
    move.session.rollback()
    answer = employee.submit(f"{PATH}/{session_id}/end", page=PATH)
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert employee.open(PATH).status_code == 302


def test_a_session_of_somebody_else_is_not_there(app: Flask, move: Move) -> None:
    session_id = elsewhere(move)
    other = sign_in(app, move.hmrc_officer)
    assert other.submit(f"{PATH}/{session_id}/end", page=PATH).status_code == 404
    assert live(move) == 2


def test_nothing_ends_without_the_forms_token(employee: Visitor, move: Move) -> None:
    elsewhere(move)
    assert employee.post(f"{PATH}/end-others").status_code == 400
    assert live(move) == 2


def test_a_browser_that_knows_the_person_is_forgotten_by_its_button(employee: Visitor, move: Move) -> None:
    known_browsers.remember(move.session, move.employee, "", "Safari on iPhone", move.now)
    browser_id = known_browsers.of_person(move.session, move.employee, move.now)[0].id
    move.session.commit()
    check_page(employee.open(PATH).text)
    answer = employee.submit(f"/profile/browsers/{browser_id}/forget", page=PATH)
    assert (answer.status_code, answer.location) == (303, PATH)
    assert "browser-" not in employee.open(PATH).text

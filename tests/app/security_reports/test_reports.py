"""From “that was not me” on somebody's own page to a security officer's decision."""

from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from identity.disowning.models import DisownedSession
from identity.sessions import service as sessions
from identity.sessions.models import LoginSession
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import LIMITS, sign_in
from tests.support.visitor import Visitor

SESSIONS, REPORTS = "/profile/sessions", "/security-reports"


@pytest.fixture
def employee(app: Flask, move: Move) -> Visitor:
    return sign_in(app, move.employee)


@pytest.fixture
def elsewhere(move: Move) -> UUID:
    """A session of the employee's that a password opened."""
    sessions.start(move.session, move.now, person_id=move.employee, limits=LIMITS, credential="password")
    move.session.flush()
    found = move.session.exec(select(LoginSession.id)).one()
    move.session.commit()
    return found


def officer(app: Flask, move: Move) -> Visitor:
    person_id = make_employee(move.session, move.now, move.hmrc, "sita.officer").person_id
    give_role(move.session, move.now, person_id, Role.SECURITY_OFFICER, move.hmrc.id)
    move.session.commit()
    return sign_in(app, person_id)


def report_of(move: Move) -> DisownedSession:
    move.session.expire_all()
    return move.session.exec(select(DisownedSession)).one()


@pytest.mark.looks_at("my_profile/not_me.html", "sign_in/not_me_reported.html")
def test_the_person_is_out_everywhere_and_told_how_to_go_on(
    app: Flask, move: Move, elsewhere: UUID, employee: Visitor
) -> None:
    page = employee.open(f"{SESSIONS}/{elsewhere}/not-me").text
    check_page(page)
    answer = employee.submit(f"{SESSIONS}/{elsewhere}/not-me")
    assert (answer.status_code, answer.location) == (303, "/not-me")
    assert employee.cookie("lanyard_session") is None
    assert "Sign in another way" in employee.open("/not-me").text
    assert report_of(move).by_mail is False


def test_somebody_elses_session_and_the_one_in_use_cannot_be_disowned(
    app: Flask, move: Move, elsewhere: UUID
) -> None:
    other = sign_in(app, move.hmrc_officer)
    assert other.submit(f"{SESSIONS}/{elsewhere}/not-me", page=SESSIONS).status_code == 404
    here = move.session.exec(select(LoginSession.id).where(LoginSession.person_id == move.hmrc_officer)).one()
    move.session.rollback()
    assert other.submit(f"{SESSIONS}/{here}/not-me", page=SESSIONS).status_code == 404
    assert not move.session.exec(select(DisownedSession)).all()


@pytest.mark.looks_at("security_reports/report.html")
@pytest.mark.parametrize("decision", ["unlock", "recovery"])
def test_a_security_officer_sees_it_and_decides(
    app: Flask, move: Move, elsewhere: UUID, employee: Visitor, decision: str
) -> None:
    employee.submit(f"{SESSIONS}/{elsewhere}/not-me")
    sita, path = officer(app, move), f"{REPORTS}/{report_of(move).id}"
    move.session.rollback()
    check_page(sita.open(REPORTS).text)
    page = sita.open(path).text
    check_page(page)
    assert "the password" in page
    assert sita.submit(f"{path}/{decision}", page=path).status_code == 303
    check_page(sita.open(path).text)
    assert "There is nothing to look at" in sita.open(REPORTS).text


def test_who_looks_after_nobody_there_sees_nothing(
    app: Flask, move: Move, elsewhere: UUID, employee: Visitor
) -> None:
    employee.submit(f"{SESSIONS}/{elsewhere}/not-me")
    other = make_employee(move.session, move.now, move.home_office, "hugo.officer").person_id
    give_role(move.session, move.now, other, Role.SECURITY_OFFICER, move.home_office.id)
    report_id = report_of(move).id
    move.session.commit()
    assert sign_in(app, other).open(f"{REPORTS}/{report_id}").status_code == 404
    assert sign_in(app, move.hmrc_officer).open(REPORTS).status_code == 403

"""A security officer suspends somebody's account, and lifts that again."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import col

from app.database import transaction
from identity.sessions.models import LoginSession
from profiles.apps.models import App
from profiles.audit.models import AuditEntry
from profiles.disclosure.service import access
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.reasons import Suspended
from profiles.roles.models import Role
from profiles.suspensions.service import find_account_suspension, suspend_account
from profiles.temporal import record
from tests.app.page_checks import check_page
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


@pytest.fixture
def security_officer(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "sam.stone").person_id
    give_role(move.session, move.now, person_id, Role.SECURITY_OFFICER, move.hmrc.id)
    move.session.commit()
    return person_id


@pytest.fixture
def colleague(move: Move, security_officer: UUID) -> UUID:
    """A second security officer of HMRC."""
    person_id = make_employee(move.session, move.now, move.hmrc, "cora.cole").person_id
    give_role(move.session, move.now, person_id, Role.SECURITY_OFFICER, move.hmrc.id)
    move.session.commit()
    return person_id


def approve(app: Flask, officer_id: UUID, path: str) -> int:
    return sign_in(app, officer_id).submit(f"{path}/lift/approve", page=path).status_code


def events(app: Flask) -> list[str]:
    with transaction(app.extensions["engine"], writes=False) as session:
        found = select(col(AuditEntry.event)).where(
            col(AuditEntry.event).in_(["account.suspended", "account.reinstated"])
        )
        return list(session.execute(found.order_by(col(AuditEntry.id))).scalars())


def test_an_account_is_suspended_with_all_its_sessions_and_lifted_again_by_two(
    app: Flask, move: Move, security_officer: UUID, colleague: UUID
) -> None:
    employee, officer = sign_in(app, move.employee), sign_in(app, security_officer)
    path = f"/people/{move.employee}/suspension"
    assert f'href="{path}"' in officer.open(f"/people/{move.employee}").text
    check_page(officer.open(path).text)
    assert officer.submit(path, reason=" ").status_code == 422
    assert employee.open("/profile").status_code == 200
    assert officer.submit(path, reason="Their laptop was stolen").status_code == 303
    assert employee.open("/profile").location.startswith("/sign-in?")
    with transaction(app.extensions["engine"], writes=False) as session:
        live = select(LoginSession).where(
            col(LoginSession.person_id) == move.employee, col(LoginSession.ended_at).is_(None)
        )
        assert session.execute(live).first() is None
    page = officer.open(path).text
    check_page(page)
    assert "Their laptop was stolen" in page
    assert "Their laptop was stolen" in officer.open("/people/suspended").text
    assert "Tax Desk" in page
    assert officer.submit(f"{path}/lift", page=path, reason=" ").status_code == 422
    assert officer.submit(f"{path}/lift", page=path, reason="It was found").status_code == 303
    waits = officer.open(path).text
    check_page(waits)
    assert f"{path}/lift/approve" not in waits
    assert approve(app, security_officer, path) == 403
    assert sign_in(app, move.employee).open("/profile").location.startswith("/sign-in?")
    second = sign_in(app, colleague)
    assert "Suspensions of accounts to lift" in second.open("/tasks").text
    assert "Waits for a second security officer" in second.open("/people/suspended").text
    assert "It was found" in second.open(path).text
    assert approve(app, colleague, path) == 303
    assert sign_in(app, move.employee).open("/profile").status_code == 200
    assert events(app) == ["account.suspended", "account.reinstated"]


def test_whoever_has_read_something_else_lifts_nothing_and_reads_it_again(
    app: Flask, move: Move, security_officer: UUID, colleague: UUID
) -> None:
    path = f"/people/{move.employee}/suspension"
    officer, second = sign_in(app, security_officer), sign_in(app, colleague)
    officer.submit(path, reason="Stolen")
    officer.submit(f"{path}/lift", page=path, reason="It was found")
    changed = second.submit(f"{path}/lift/approve", page=path, shown="something else")
    assert changed.status_code == 409
    check_page(changed.text)
    assert "Read it again" in changed.text
    assert second.submit(f"{path}/lift/refuse", page=path).status_code == 303
    assert "Ask for it to be lifted" in officer.open(path).text
    assert second.submit(f"{path}/lift/refuse", page=path).status_code == 409


def test_where_nobody_else_can_agree_the_page_says_so(
    app: Flask, move: Move, security_officer: UUID, request: pytest.FixtureRequest
) -> None:
    path = f"/people/{move.employee}/suspension"
    officer = sign_in(app, security_officer)
    officer.submit(path, reason="Stolen")
    page = officer.open(path).text
    check_page(page)
    assert "Nobody else of your organisation can agree" in page
    request.getfixturevalue("colleague")
    assert "Nobody else of your organisation can agree" not in officer.open(path).text


def test_no_app_lets_a_suspended_person_in(app: Flask, move: Move, security_officer: UUID) -> None:
    sign_in(app, security_officer).submit(f"/people/{move.employee}/suspension", reason="Stolen")
    with transaction(app.extensions["engine"], writes=False) as session:
        assert find_account_suspension(session, move.employee, move.now) is not None
        app_id = (
            session.execute(select(col(App.id)).where(col(App.organisation_id) == move.hmrc.id))
            .scalars()
            .first()
        )
        assert app_id is not None
        decision = access(session, move.employee, app_id, move.now)
    assert [type(reason) for reason in decision.reasons] == [Suspended]


def test_hr_suspends_nobody(app: Flask, move: Move) -> None:
    assert sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}/suspension").status_code == 403


def test_a_colleague_decides_on_an_officers_own_account(
    app: Flask, move: Move, security_officer: UUID
) -> None:
    path = f"/people/{security_officer}/suspension"
    officer = sign_in(app, security_officer)
    page = officer.open(path).text
    check_page(page)
    assert "A colleague must decide" in page
    other = f"/people/{move.employee}/suspension"
    assert officer.submit(path, page=other, reason="Mine").status_code == 403


def test_after_a_move_the_new_organisation_decides_too_and_not_before(
    app: Flask, move: Move, security_officer: UUID
) -> None:
    """Else the old employer alone would keep them out, for ever where it is no more."""
    path = f"/people/{move.employee}/suspension"
    transfer = move.schedule()
    there = make_employee(move.session, move.now, move.home_office, "sue.hill").person_id
    give_role(move.session, move.now, there, Role.SECURITY_OFFICER, move.home_office.id)
    suspend_account(
        move.session,
        transfer.leave_at,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=security_officer,
        reason="A laptop is lost",
    )
    move.session.commit()
    app.config["CLOCK"] = lambda: transfer.leave_at
    before = sign_in(app, there)
    assert "Another organisation has suspended this account" in before.open(path).text
    assert before.submit(f"{path}/lift", page=path, reason="Found").status_code == 409
    app.config["CLOCK"] = lambda: transfer.join_at
    after = sign_in(app, there)
    page = after.open(path).text
    check_page(page)
    assert "A laptop is lost" in page
    assert after.submit(f"{path}/lift", page=path, reason="Found").status_code == 303
    beside = make_employee(move.session, move.now, move.home_office, "sid.stern").person_id
    give_role(move.session, move.now, beside, Role.SECURITY_OFFICER, move.home_office.id)
    move.session.commit()
    assert "Priya Patel" in sign_in(app, beside).open("/people/suspended").text
    assert approve(app, beside, path) == 303
    with transaction(app.extensions["engine"], writes=False) as session:
        assert find_account_suspension(session, move.employee, transfer.join_at) is None


def test_while_somebody_is_lent_their_own_organisation_alone_decides(
    app: Flask, move: Move, security_officer: UUID
) -> None:
    session, now = move.session, move.now
    home = session.execute(select(Posting).where(col(Posting.person_id) == move.employee)).scalar_one()
    lent = Posting(
        person_id=move.employee,
        employment_id=home.employment_id,
        organisation_id=move.home_office.id,
        kind=PostingKind.HOST,
        local_grade=home.local_grade,
        job_title=home.job_title,
        **PROVENANCE.stamp(now, LONG_AGO),
    )
    record(session, lent)
    there = make_employee(session, now, move.home_office, "sue.hill").person_id
    give_role(session, now, there, Role.SECURITY_OFFICER, move.home_office.id)
    session.commit()
    path = f"/people/{move.employee}/suspension"
    sign_in(app, security_officer).submit(path, reason="A laptop is lost")
    host = sign_in(app, there)
    assert "Another organisation has suspended this account" in host.open(path).text
    assert host.submit(f"{path}/lift", page=path, reason="Found").status_code == 409


def test_people_of_other_organisations_do_not_exist(app: Flask, move: Move, security_officer: UUID) -> None:
    stranger = move.home_office_officer
    assert sign_in(app, security_officer).open(f"/people/{stranger}/suspension").status_code == 404

"""A data protection officer sees what is due in numbers, and holds what a claim needs."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlmodel import select

from app.retention.deleting import delete_decided
from profiles.access_requests.models import AccessRequest
from profiles.leave.models import LeaveBalance
from profiles.retention.models import LegalHold
from profiles.retention.rules import YEARS
from profiles.roles.models import Role
from tests.app.page_checks import check_page
from tests.factories.people import give_role, make_employee
from tests.factories.retained import make_fact
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

RETENTION, HOLDS = "/data-protection/retention", "/data-protection/holds"
DELETIONS = "/data-protection/deletions"
NUMBER = "HMRC-priya.patel"
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


@pytest.fixture
def officer(app: Flask, move: Move) -> Visitor:
    person_id = make_employee(move.session, move.now, move.hmrc, "dora.data").person_id
    give_role(move.session, move.now, person_id, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    for table in ("leave_balances", "absence_summaries"):
        make_fact(move.session, table, move.employee, move.hmrc.id, LONG_AGO, LONG_AGO + timedelta(days=1))
    move.session.commit()
    return sign_in(app, person_id)


def test_what_is_due_is_shown_in_numbers_on_any_day(officer: Visitor) -> None:
    page = officer.open(RETENTION).text
    check_page(page)
    assert "Department HMRC" in page
    assert page.count("Leave balances") == 2  # what is due, and the rule
    assert "Patel" not in page
    earlier = officer.open(f"{RETENTION}?on=1&on=1&on=1991").text
    check_page(earlier)
    assert "Nothing is due on that day." in earlier
    assert "15 years" in earlier
    check_page(officer.open(f"{RETENTION}?on=31&on=2&on=1991").text)


@pytest.mark.looks_at("data_protection/hold.html")
def test_a_hold_is_placed_and_lifted(move: Move, officer: Visitor) -> None:
    check_page(officer.open(f"{HOLDS}/new").text)
    found = officer.submit(f"{HOLDS}/new", number=NUMBER)
    assert found.status_code == 303
    path = str(found.location)
    page = officer.open(path).text
    check_page(page)
    assert "Priya Patel" in page
    missing = officer.submit(path, kind="leave", reason=" ")
    assert missing.status_code == 422
    check_page(missing.text)
    assert re.search(r'value="leave"[^>]* selected', missing.text)
    placed = officer.submit(path, kind="leave", reason="Claim 7")
    assert placed.status_code == 303
    held = officer.open(str(placed.location)).text
    check_page(held)
    assert "Claim 7" in held
    assert "Leave balances" in officer.open(HOLDS).text
    due = officer.open(RETENTION).text
    assert due.count("Leave balances") == 2
    lifted = officer.submit(str(placed.location), reason="Settled")
    assert lifted.status_code == 303
    check_page(officer.open(str(placed.location)).text)
    assert "Nothing is held." in officer.open(HOLDS).text
    kept = move.session.exec(select(LegalHold)).one()
    assert (kept.kind, kept.lifted_reason) == ("leave", "Settled")


def test_a_number_of_nobody_is_said_to_be_and_kept(officer: Visitor) -> None:
    refused = officer.submit(f"{HOLDS}/new", number="HO-unknown")
    assert refused.status_code == 422
    check_page(refused.text)
    assert "HO-unknown" in refused.text
    assert "holds nothing about anybody with this number" in refused.text


def test_nothing_is_held_of_whom_the_organisation_holds_nothing(move: Move, officer: Visitor) -> None:
    path = f"{HOLDS}/new/{move.stranger}"
    assert officer.open(path).status_code == 404
    assert officer.submit(path, page=f"{HOLDS}/new", kind="", reason="Claim").status_code == 404


def test_only_a_data_protection_officer_opens_any_of_it(app: Flask, move: Move, officer: Visitor) -> None:
    hr = sign_in(app, move.hmrc_officer)
    for path in (RETENTION, HOLDS, f"{HOLDS}/new", f"{HOLDS}/new/{move.employee}"):
        assert hr.open(path).status_code == 403, path


def test_a_hold_is_told_of_after_a_review(app: Flask, move: Move, officer: Visitor) -> None:
    """An officer may withhold it, as legal privilege, from whoever asks what is held about them."""
    whom = str(officer.submit(f"{HOLDS}/new", number=NUMBER).location)
    officer.submit(whom, kind="", reason="Claim 7")
    assert sign_in(app, move.employee).submit("/profile/held/ask", page="/profile/held").status_code == 303
    request_id = move.session.exec(select(AccessRequest.id)).one()
    move.session.rollback()
    page = officer.open(f"/data-protection/requests/{request_id}").text
    assert re.search(r'<select[^>]* name="ground:legal-hold/', page)
    assert "Claim 7" in page


@pytest.mark.looks_at("data_protection/deletion.html")
def test_one_officer_proposes_another_confirms_and_the_worker_deletes(
    app: Flask, move: Move, officer: Visitor
) -> None:
    new = f"{DELETIONS}/new/{move.hmrc.id}"
    assert new in officer.open(RETENTION).text
    check_page(officer.open(new).text)
    proposed = officer.submit(new)
    assert proposed.status_code == 303
    path = str(proposed.location)
    page = officer.open(path).text
    check_page(page)
    assert "You proposed it" in page
    assert new not in officer.open(RETENTION).text
    assert officer.submit(f"{path}/confirm", page=path).status_code == 403
    second = _second_officer(app, move)
    check_page(second.open(path).text)
    assert "Patel" not in second.open(path).text
    assert second.submit(f"{path}/confirm", page=path).status_code == 303
    under_way = second.open(path).text
    check_page(under_way)
    assert "Stop it" in under_way
    while delete_decided(app.extensions["engine"], YEARS, move.now):
        pass
    done = second.open(path).text
    check_page(done)
    assert "1 proposed, 1 deleted" in done
    assert second.submit(f"{path}/withdraw", page=HOLDS + "/new").status_code == 409
    move.session.rollback()
    assert move.session.exec(select(LeaveBalance)).all() == []


def test_either_officer_stops_what_is_confirmed(app: Flask, move: Move, officer: Visitor) -> None:
    path = str(officer.submit(f"{DELETIONS}/new/{move.hmrc.id}").location)
    assert _second_officer(app, move).submit(f"{path}/confirm", page=path).status_code == 303
    assert officer.submit(f"{path}/withdraw", page=path).status_code == 303
    assert not delete_decided(app.extensions["engine"], YEARS, move.now)
    move.session.rollback()
    assert len(move.session.exec(select(LeaveBalance)).all()) == 1


def test_nobody_decides_for_another_organisation(app: Flask, move: Move, officer: Visitor) -> None:
    elsewhere = f"{DELETIONS}/new/{move.home_office.id}"
    assert officer.open(elsewhere).status_code == 404
    assert officer.submit(elsewhere, page=f"{HOLDS}/new").status_code == 404
    path = str(officer.submit(f"{DELETIONS}/new/{move.hmrc.id}").location)
    person_id = make_employee(move.session, move.now, move.home_office, "drew.data").person_id
    give_role(move.session, move.now, person_id, Role.DATA_PROTECTION_OFFICER, move.home_office.id)
    move.session.commit()
    stranger = sign_in(app, person_id)
    for deed in ("", "/confirm", "/withdraw"):
        assert stranger.submit(f"{path}{deed}", page=f"{HOLDS}/new").status_code in (404, 405)


def _second_officer(app: Flask, move: Move) -> Visitor:
    move.session.rollback()
    person_id = make_employee(move.session, move.now, move.hmrc, "dan.data").person_id
    give_role(move.session, move.now, person_id, Role.DATA_PROTECTION_OFFICER, move.hmrc.id)
    move.session.commit()
    return sign_in(app, person_id)

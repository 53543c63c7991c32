"""Approving, refusing and completing on the pages."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from identity.sessions.models import SessionClient
from profiles.apps.models import App
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.roles.models import Role
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.credentials import give_passkey
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.session_clients import use_app
from tests.factories.transfer_tasks import WAY_IN
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

CONFIRMED = {"records_released": "y"}
OFFICERS = ("employee", "hmrc_officer", "preparer", "home_office_officer", "stranger")


def prepared(move: Move, **changes: object) -> str:
    give_passkey(move.session, move.now, move.employee, UUID(WAY_IN.partition(":")[2]))
    transfer = move.prepare(**changes)
    move.session.commit()
    return f"/transfers/{transfer.id}"


def scheduled(move: Move, **changes: object) -> str:
    transfer = move.schedule(**changes)
    move.session.commit()
    return f"/transfers/{transfer.id}"


def state_of(move: Move) -> TransferState:
    move.session.expire_all()
    state = move.session.exec(select(Transfer)).one().state
    move.session.rollback()
    return state


PAGES = {
    "": {"employee": 403, "hmrc_officer": 200, "preparer": 200, "home_office_officer": 200, "stranger": 404},
    "/approve": {
        "employee": 403,
        "hmrc_officer": 200,
        "preparer": 403,
        "home_office_officer": 200,
        "stranger": 404,
    },
    "/refuse": {
        "employee": 403,
        "hmrc_officer": 200,
        "preparer": 200,
        "home_office_officer": 200,
        "stranger": 404,
    },
    "/first-pay": dict.fromkeys(
        ("employee", "hmrc_officer", "preparer", "home_office_officer", "stranger"), 403
    ),
}


@pytest.mark.parametrize("who", OFFICERS)
@pytest.mark.parametrize("page", list(PAGES))
def test_who_may_open_which_page(app: Flask, move: Move, page: str, who: str) -> None:
    path = prepared(move) + page
    answer = sign_in(app, getattr(move, who)).open(path)
    assert answer.status_code == PAGES[page][who]
    check_page(answer.text)


def test_approving_needs_a_fresh_sign_in(app: Flask, move: Move) -> None:
    path = f"{prepared(move)}/approve"
    answer = sign_in(app, move.hmrc_officer, minutes_ago=20).open(path)
    assert answer.status_code == 302
    assert "fresh=1" in answer.location


def test_the_exporter_sees_what_ends_at_its_own_app_and_why(app: Flask, move: Move) -> None:
    page = sign_in(app, move.hmrc_officer).open(f"{prepared(move)}/approve").text
    assert "Tax Desk" in page
    assert "Last day: 13 March 2026" in page
    assert "Priya Patel is a Higher Officer (HEO) in Department HMRC." in page
    assert "Visa Desk" not in page


def test_the_importer_sees_what_begins_at_its_own_app_and_why(app: Flask, move: Move) -> None:
    page = sign_in(app, move.home_office_officer).open(f"{prepared(move)}/approve").text
    assert "Visa Desk" in page
    assert "From 16 March 2026" in page
    assert "Priya Patel is a Senior Officer (SEO) in Department HO" in page
    assert "Tax Desk" not in page


def test_the_exporter_does_not_see_the_terms(app: Flask, move: Move) -> None:
    path = prepared(move)
    for page in ("", "/approve"):
        text = sign_in(app, move.hmrc_officer).open(path + page).text
        assert "£41,000" not in text
        assert "Senior Caseworker" not in text
        assert "priya.patel@ho.gov.uk" not in text


def test_the_exporter_approves_with_its_confirmations(app: Flask, move: Move) -> None:
    path = prepared(move)
    officer = sign_in(app, move.hmrc_officer)
    answer = officer.submit(f"{path}/approve", **CONFIRMED)
    assert (answer.status_code, answer.location) == (303, path)
    page = officer.open(path).text
    check_page(page)
    assert "waits for the other department" in page
    assert "Your organisation has approved this transfer already." in page


def test_who_is_one_party_with_who_approved_is_told_so_before_the_form(app: Flask, move: Move) -> None:
    first, second = (make_organisation(move.session, move.now, name).id for name in ("SSCL", "UBS"))
    ann, bob = (
        make_employee(move.session, move.now, move.hmrc, name).person_id
        for name in ("ann.clerk", "bob.clerk")
    )
    give_role(move.session, move.now, ann, Role.HR_OFFICER, move.hmrc.id, operator_id=first)
    give_role(move.session, move.now, ann, Role.SECURITY_OFFICER, move.hmrc.id, operator_id=second)
    give_role(move.session, move.now, bob, Role.HR_OFFICER, move.home_office.id, operator_id=second)
    path = prepared(move)
    assert sign_in(app, ann).submit(f"{path}/approve", **CONFIRMED).status_code == 303
    clerk = sign_in(app, bob)
    text = clerk.open(path).text
    assert "Your shared service approved for the other organisation" in text
    assert f"{path}/approve" not in text
    assert clerk.open(f"{path}/approve").status_code == 403
    assert f"{path}/approve" in sign_in(app, move.home_office_officer).open(path).text


def test_the_exporter_must_confirm_the_release_of_records(app: Flask, move: Move) -> None:
    path = f"{prepared(move)}/approve"
    page = sign_in(app, move.hmrc_officer).submit(path)
    assert page.status_code == 422
    check_page(page.text)
    assert 'href="#records_released' in page.text
    assert move.session.exec(select(Transfer)).one().state is TransferState.IN_PROGRESS


def test_the_second_approval_schedules(app: Flask, move: Move) -> None:
    path = prepared(move)
    sign_in(app, move.home_office_officer).submit(f"{path}/approve")
    sign_in(app, move.hmrc_officer).submit(f"{path}/approve", **CONFIRMED)
    assert state_of(move) is TransferState.SCHEDULED


def test_the_preparer_cannot_approve_by_sending_the_form(app: Flask, move: Move) -> None:
    path = prepared(move)
    answer = sign_in(app, move.preparer).submit(f"{path}/approve", page=path)
    assert answer.status_code == 403
    assert state_of(move) is TransferState.IN_PROGRESS


def test_a_start_today_turns_access_in_the_request_that_approves(app: Flask, move: Move) -> None:
    path = prepared(move, start_date=date(2026, 3, 2), last_day=None)
    sign_in(app, move.home_office_officer).submit(f"{path}/approve")
    tax_desk = move.session.exec(select(App).where(App.name == "Tax Desk")).one()
    use_app(move.session, move.now, move.employee, tax_desk)
    move.session.commit()
    sign_in(app, move.hmrc_officer).submit(f"{path}/approve", **CONFIRMED)
    assert state_of(move) is TransferState.RECONCILING
    move.session.expire_all()
    assert move.session.exec(select(SessionClient)).one().ended_at == move.now
    told = select(OutboxMessage).where(OutboxMessage.kind == MessageKind.LOGOUT)
    assert len(move.session.exec(told).all()) == 1


@pytest.mark.parametrize(
    ("who", "side", "state"),
    [
        ("hmrc_officer", Side.EXPORTING, TransferState.OBJECTED),
        ("home_office_officer", Side.IMPORTING, TransferState.DECLINED),
    ],
)
def test_each_side_refuses_with_a_reason(
    app: Flask, move: Move, who: str, side: Side, state: TransferState
) -> None:
    path = prepared(move)
    officer = sign_in(app, getattr(move, who))
    answer = officer.submit(f"{path}/refuse?side={side.value}", reason="The loan has not ended.")
    assert answer.status_code == 303
    assert state_of(move) is state
    page = officer.open(path).text
    check_page(page)
    assert "The loan has not ended." in page


def test_a_refusal_without_a_reason_is_asked_for_one(app: Flask, move: Move) -> None:
    path = f"{prepared(move)}/refuse"
    page = sign_in(app, move.hmrc_officer).submit(path, reason="  ")
    assert page.status_code == 422
    check_page(page.text)
    assert 'href="#reason"' in page.text


def test_a_side_that_is_not_ones_own_cannot_be_refused_for(app: Flask, move: Move) -> None:
    path = prepared(move)
    answer = sign_in(app, move.hmrc_officer).submit(
        f"{path}/refuse?side=importing", page=f"{path}/refuse", reason="No."
    )
    assert answer.status_code == 403
    assert state_of(move) is TransferState.IN_PROGRESS


def test_payroll_takes_it_up_and_confirms_the_first_pay(app: Flask, move: Move) -> None:
    payroll = move.payroll_officer()
    path = scheduled(move, start_date=date(2026, 3, 3), last_day=None)
    officer, hr = sign_in(app, payroll), sign_in(app, move.home_office_officer)
    assert "Moves that wait for you: 1" in officer.open("/profile").text
    assert f'href="{path}/payroll"' in officer.open("/transfer-tasks").text
    page = officer.open(f"{path}/payroll").text
    check_page(page)
    assert "15 March 2026" in page
    refused = officer.submit(f"{path}/payroll", tax="y")
    assert refused.status_code == 422
    assert 'href="#bank"' in refused.text
    done = officer.submit(f"{path}/payroll", tax="y", student_loan="y", bank="y", advances="y")
    assert done.status_code == 303
    app.config["CLOCK"] = lambda: datetime(2026, 3, 3, 9, tzinfo=UTC)
    advance_due(move.session, datetime(2026, 3, 3, 8, tzinfo=UTC))
    move.session.commit()
    officer, hr = sign_in(app, payroll), sign_in(app, move.home_office_officer)
    check_page(officer.open(f"{path}/first-pay").text)
    refused = officer.submit(f"{path}/first-pay", first_pay="yes")
    assert refused.status_code == 422
    assert all(f"Say whether the {item} is right" in refused.text for item in ("leave", "pension"))
    said = {"first_pay": "no", "leave": "yes", "pension": "yes"}
    officer.submit(f"{path}/first-pay", **said)
    assert state_of(move) is TransferState.RECONCILING
    page = officer.open(f"{path}/first-pay").text
    check_page(page)
    assert "Recorded as wrong when you looked last" in page
    officer.submit(f"{path}/first-pay", **{**said, "first_pay": "yes"})
    assert state_of(move) is TransferState.COMPLETED
    check_page(hr.open(path).text)
    assert "in the last 12 months: 1, wrong: 1 (100.0%)" in hr.open("/transfers").text
    assert hr.open(f"{path}/first-pay").status_code == 403


def test_the_list_shows_ins_and_outs_of_ones_own_organisations(app: Flask, move: Move) -> None:
    prepared(move)
    for who, direction, seen in (
        ("hmrc_officer", "out", True),
        ("hmrc_officer", "in", False),
        ("preparer", "in", True),
        ("stranger", "", False),
    ):
        page = sign_in(app, getattr(move, who)).open(f"/transfers?direction={direction}").text
        check_page(page)
        assert ("Priya Patel" in page) == seen, (who, direction)


def test_the_list_is_filtered_by_state(app: Flask, move: Move) -> None:
    prepared(move)
    officer = sign_in(app, move.preparer)
    assert "Priya Patel" in officer.open("/transfers?state=in_progress").text
    assert "No transfer matches." in officer.open("/transfers?state=completed").text
    assert "Priya Patel" in officer.open("/transfers?state=nonsense&page=-4").text

"""Holding, letting go on, cancelling and moving the dates, on the pages."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import select

from app.access_changes import suspend_account
from app.transfer_watch import watch_transfers
from profiles.outbox.models import OutboxMessage
from profiles.transfers.models import Transfer, TransferState
from tests.app.page_checks import check_page
from tests.factories.policies import PLATFORM
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

HELD = {"reason": "A warning is being looked into", "review_on": ["6", "3", "2026"]}


def scheduled(move: Move) -> str:
    transfer = move.schedule()
    move.session.commit()
    return f"/transfers/{transfer.id}"


def state_of(move: Move) -> TransferState:
    move.session.expire_all()
    state = move.session.exec(select(Transfer)).one().state
    move.session.rollback()
    return state


@pytest.mark.parametrize("page", ["hold", "resume", "cancel", "dates"])
def test_nobody_else_opens_these_pages(app: Flask, move: Move, page: str) -> None:
    path = f"{scheduled(move)}/{page}"
    assert sign_in(app, move.employee).open(path).status_code == 403
    assert sign_in(app, move.stranger).open(path).status_code == 404


def test_a_hold_is_read_by_its_own_side_alone(app: Flask, move: Move) -> None:
    path = scheduled(move)
    officer = sign_in(app, move.hmrc_officer)
    check_page(officer.open(f"{path}/hold?side=exporting").text)
    assert officer.submit(f"{path}/hold?side=exporting", **HELD).status_code == 303
    assert state_of(move) is TransferState.ON_HOLD
    own = officer.open(path).text
    check_page(own)
    assert own.count(HELD["reason"]) == 2
    assert "looks at it again on 6 March 2026" in own
    for who, page in ((move.preparer, path), (move.employee, f"/profile{path}")):
        text = sign_in(app, who).open(page).text
        check_page(text)
        assert "It is on hold for Department HMRC" in text
        assert HELD["reason"] not in text
        assert "looks at it again" not in text


def test_it_goes_on_from_its_page(app: Flask, move: Move) -> None:
    path = scheduled(move)
    officer = sign_in(app, move.hmrc_officer)
    officer.submit(f"{path}/hold?side=exporting", **HELD)
    check_page(officer.open(f"{path}/resume").text)
    assert officer.submit(f"{path}/resume").status_code == 303
    assert state_of(move) is TransferState.SCHEDULED
    history = officer.open(path).text.partition(">History<")[2]
    assert history.count("HR of Department HMRC") == 3, "who approved last, held it and let it go on"


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ({"reason": " ", "review_on": ["6", "3", "2026"]}, "#reason"),
        ({"reason": "Why", "review_on": ["1", "3", "2026"]}, "#review_on-day"),
        ({"reason": "Why", "review_on": ["", "", ""]}, "#review_on-day"),
    ],
)
def test_what_is_missing_of_a_hold_is_named(
    app: Flask, move: Move, typed: dict[str, object], link: str
) -> None:
    path = f"{scheduled(move)}/hold?side=exporting"
    page = sign_in(app, move.hmrc_officer).submit(path, **typed)
    assert page.status_code == 422
    check_page(page.text)
    assert f'href="{link}' in page.text


def test_the_cause_of_a_cancellation_is_read_by_the_exporter_alone(app: Flask, move: Move) -> None:
    path = scheduled(move)
    officer = sign_in(app, move.hmrc_officer)
    check_page(officer.open(f"{path}/cancel").text)
    assert officer.submit(f"{path}/cancel").status_code == 422
    assert officer.submit(f"{path}/cancel", cause="dismissed").status_code == 303
    assert state_of(move) is TransferState.CANCELLED
    assert "Dismissed" in officer.open(path).text
    for who, page in ((move.preparer, path), (move.employee, f"/profile{path}")):
        text = sign_in(app, who).open(page).text
        check_page(text)
        assert "Dismissed" not in text
        assert "dismissed" not in text


def test_other_dates_are_approved_again(app: Flask, move: Move) -> None:
    path = scheduled(move)
    officer = sign_in(app, move.preparer)
    check_page(officer.open(f"{path}/dates").text)
    refused = officer.submit(f"{path}/dates", start_date=["15", "2", "2026"], last_day=["", "", ""])
    assert refused.status_code == 422
    assert 'href="#start_date-day' in refused.text
    officer.submit(f"{path}/dates", start_date=["23", "3", "2026"], last_day=["20", "3", "2026"])
    assert state_of(move) is TransferState.IN_PROGRESS
    page = officer.open(path).text
    check_page(page)
    assert "Start date moved from 16 March 2026 to 23 March 2026." in page
    assert page.count("Not approved yet") == 2


def test_a_suspension_blocks_at_once_and_says_what_to_whom_it_concerns(app: Flask, move: Move) -> None:
    path = scheduled(move)
    suspend_account(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )
    move.session.commit()
    assert state_of(move) is TransferState.BLOCKED
    own = sign_in(app, move.hmrc_officer).open(path).text
    check_page(own)
    assert "The account is suspended." in own
    other = sign_in(app, move.preparer).open(path).text
    check_page(other)
    assert "Something must be settled by Department HMRC first." in other
    assert "suspended" not in other


def test_the_worker_ends_what_expired_and_asks_for_a_review_once(engine: Engine, move: Move) -> None:
    path = scheduled(move)
    assert path
    transfer = move.session.exec(select(Transfer)).one()
    transfer.state = TransferState.IN_PROGRESS
    move.session.add(transfer)
    move.session.commit()
    watch_transfers(engine, move.now + timedelta(days=30), timedelta(days=30), PLATFORM)
    assert state_of(move) is TransferState.IN_PROGRESS
    watch_transfers(engine, move.now + timedelta(days=60), timedelta(days=30), PLATFORM)
    assert state_of(move) is TransferState.EXPIRED


def test_the_worker_asks_for_a_review_once(app: Flask, engine: Engine, move: Move) -> None:
    path = scheduled(move)
    sign_in(app, move.hmrc_officer).submit(f"{path}/hold?side=exporting", **HELD)
    for _turn in range(2):
        watch_transfers(engine, move.now + timedelta(days=5), timedelta(days=30), PLATFORM)
    asked = [
        mail for mail in move.session.exec(select(OutboxMessage)) if mail.reason == "A hold is to be reviewed"
    ]
    assert [mail.person_id for mail in asked] == [move.hmrc_officer]


def test_a_blocked_move_stands_among_the_tasks_of_who_decides(app: Flask, move: Move) -> None:
    officer = move.security_officer()
    path = scheduled(move)
    suspend_account(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )
    move.session.commit()
    assert path
    assert state_of(move) is TransferState.BLOCKED
    page = sign_in(app, officer).open("/transfer-tasks").text
    check_page(page)
    assert "The move is blocked: decide on the clearance or the account" in page
    assert f'href="/people/{move.employee}"' in page

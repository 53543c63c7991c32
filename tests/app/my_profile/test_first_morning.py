"""How the employee says what they sign in with on their first morning."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import select

from app.transfer_watch import watch_transfers
from identity.sign_in import passkeys
from profiles.transfers.models import TaskKind, Transfer, TransferState
from tests.app.page_checks import check_page
from tests.factories.credentials import give_passkey, give_password
from tests.factories.policies import PLATFORM
from tests.factories.transfer_tasks import WAY_IN
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

WEEK = timedelta(days=7)


def begun(move: Move) -> str:
    transfer = move.begin()
    move.session.commit()
    return f"/profile/transfers/{transfer.id}"


def test_who_has_a_password_alone_is_told_to_make_a_passkey_and_by_when(
    employee: Visitor, move: Move
) -> None:
    give_password(move.session, move.now, move.employee, with_codes=False)
    path = begun(move)
    page = employee.open(path).text
    check_page(page)
    assert f'href="{path}/first-morning"' in page
    page = employee.open(f"{path}/first-morning").text
    check_page(page)
    assert "Do this by 13 March 2026" in page
    assert "/profile/sign-in-methods/passkeys/new?next=" in page
    assert "I will have this" not in page


def test_they_name_their_passkey_and_the_departments_can_approve(
    app: Flask, employee: Visitor, move: Move
) -> None:
    path = begun(move)
    move.do_tasks(move.session.exec(select(Transfer)).one(), but={TaskKind.SIGN_IN})
    move.session.commit()
    officer, approve = sign_in(app, move.home_office_officer), path.removeprefix("/profile") + "/approve"
    assert officer.open(approve).status_code == 409
    passkey = give_passkey(move.session, move.now, move.employee)
    move.session.commit()
    check_page(employee.open(f"{path}/first-morning").text)
    answer = employee.submit(f"{path}/first-morning", way_in=passkey)
    assert (answer.status_code, answer.location) == (303, path)
    assert "What you have to do" not in employee.open(path).text
    assert officer.open(approve).status_code == 200


def test_nothing_else_can_be_named(employee: Visitor, move: Move) -> None:
    path = begun(move)
    give_passkey(move.session, move.now, move.employee)
    move.session.commit()
    answer = employee.submit(f"{path}/first-morning", way_in=f"passkey:{UUID(int=9)}")
    assert answer.status_code == 422
    check_page(answer.text)
    assert 'href="#way_in"' in answer.text


@pytest.mark.parametrize("who", ["hmrc_officer", "preparer", "stranger"])
def test_the_page_is_nobody_elses(app: Flask, move: Move, who: str) -> None:
    assert sign_in(app, getattr(move, who)).open(f"{begun(move)}/first-morning").status_code == 404


def test_the_worker_blocks_the_move_of_who_removed_their_last_passkey(
    app: Flask, engine: Engine, move: Move
) -> None:
    give_passkey(move.session, move.now, move.employee, UUID(WAY_IN.partition(":")[2]))
    transfer_id = move.schedule().id
    move.session.commit()
    watch_transfers(engine, move.now, WEEK, PLATFORM)
    assert move.session.exec(select(Transfer.state)).one() is TransferState.SCHEDULED
    passkeys.remove(move.session, move.employee, UUID(WAY_IN.partition(":")[2]), move.now)
    move.session.commit()
    watch_transfers(engine, move.now, WEEK, PLATFORM)
    assert move.session.exec(select(Transfer.state)).one() is TransferState.BLOCKED
    move.session.rollback()
    page = sign_in(app, move.employee).open(f"/profile/transfers/{transfer_id}").text
    check_page(page)
    assert "You have no way to sign in any more" in page
    officers = sign_in(app, move.preparer).open(f"/transfers/{transfer_id}").text
    check_page(officers)
    assert "Something must be settled by Priya Patel first." in officers

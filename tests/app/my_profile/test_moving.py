"""The employee's part in a transfer."""

import re

import pytest
from flask import Flask
from sqlmodel import select

from profiles.transfers.codes import usable, whose
from profiles.transfers.models import Transfer, TransferState
from tests.app.page_checks import check_page
from tests.factories.organisations import make_organisation
from tests.factories.people import employ_too
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

PATH = "/profile/transfer-code"


def prepared(move: Move) -> str:
    transfer = move.prepare()
    move.session.commit()
    return f"/profile/transfers/{transfer.id}"


def test_a_transfer_code_needs_a_fresh_sign_in(app: Flask, move: Move) -> None:
    answer = sign_in(app, move.employee, minutes_ago=30).open(PATH)
    assert answer.status_code == 302
    assert "fresh=1" in answer.location


@pytest.mark.looks_at("my_profile/transfer_code_made.html")
def test_the_code_is_shown_once_and_opens_the_record(employee: Visitor, move: Move) -> None:
    check_page(employee.open(PATH).text)
    page = employee.submit(PATH).text
    check_page(page)
    found = re.search(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", page)
    assert found is not None
    assert "5 March 2026 at 9:00am" in page
    assert whose(move.session, found.group(), move.now) == move.employee
    move.session.rollback()
    assert found.group() not in employee.open(PATH).text


def test_who_has_two_employments_says_which_one_moves(employee: Visitor, move: Move) -> None:
    college = make_organisation(move.session, move.now, "COLLEGE")
    other = employ_too(move.session, move.now, move.employee, college).employment_id
    move.session.commit()
    asked = employee.open(PATH).text
    check_page(asked)
    assert "Which employment moves?" in asked
    refused = employee.submit(PATH)
    assert refused.status_code == 422
    check_page(refused.text)
    assert "Choose the employment that moves" in refused.text
    page = employee.submit(PATH, employment_id=str(other)).text
    found = re.search(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", page)
    assert found is not None
    assert usable(move.session, found.group(), move.now).employment_id == other
    move.session.rollback()


def test_one_who_is_moving_makes_no_new_code(employee: Visitor, move: Move) -> None:
    prepared(move)
    page = employee.open(PATH).text
    check_page(page)
    assert "You have a move on its way" in page
    assert "Make a transfer code" not in page


def test_the_employee_sees_what_ends_and_what_begins(employee: Visitor, move: Move) -> None:
    path = prepared(move)
    page = employee.open(path).text
    check_page(page)
    for words in ("Tax Desk", "Visa Desk", "Last day: 13 March 2026", "From 16 March 2026", "£41,000"):
        assert words in page, words
    assert path in employee.open("/profile").text


@pytest.mark.parametrize("who", ["hmrc_officer", "preparer", "stranger"])
def test_the_employees_page_is_nobody_elses(app: Flask, move: Move, who: str) -> None:
    path = prepared(move)
    for page in (path, f"{path}/withdraw"):
        assert sign_in(app, getattr(move, who)).open(page).status_code == 404


def test_withdrawing_asks_first_and_ends_the_transfer(employee: Visitor, move: Move) -> None:
    path = prepared(move)
    check_page(employee.open(f"{path}/withdraw").text)
    answer = employee.submit(f"{path}/withdraw")
    assert (answer.status_code, answer.location) == (303, path)
    move.session.expire_all()
    assert move.session.exec(select(Transfer)).one().state is TransferState.WITHDRAWN
    move.session.rollback()
    page = employee.open(path).text
    check_page(page)
    assert "Withdraw from this move" not in page


def test_a_second_withdrawal_is_refused(employee: Visitor, move: Move) -> None:
    path = prepared(move)
    employee.submit(f"{path}/withdraw")
    answer = employee.submit(f"{path}/withdraw")
    assert answer.status_code == 409
    check_page(answer.text)

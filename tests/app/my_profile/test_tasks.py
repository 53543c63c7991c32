"""Everything that waits for somebody, in one list."""

from flask import Flask

from profiles.transfers.service import advance_due
from tests.app.page_checks import check_page
from tests.factories.loans import make_loan
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in


def test_an_officer_finds_moves_and_loans_in_one_list(app: Flask, move: Move) -> None:
    transfer, loan = move.prepare(), make_loan(move)
    move.session.commit()
    page = sign_in(app, move.home_office_officer).open("/tasks").text
    check_page(page)
    assert f"/transfers/{transfer.id}/approve" in page
    assert f"/loans/{loan.id}/" in page
    assert "Priya" not in sign_in(app, move.stranger).open("/tasks").text


def test_payroll_finds_the_first_pay_and_the_employee_nothing(app: Flask, move: Move) -> None:
    officer, transfer = move.payroll_officer(), move.schedule()
    advance_due(move.session, transfer.join_at)
    move.session.commit()
    page = sign_in(app, officer).open("/tasks").text
    assert "Confirm first pay, leave and pension" in page
    assert "Nothing waits for you." in sign_in(app, move.employee).open("/tasks").text


def test_the_profile_leads_to_it(app: Flask, move: Move) -> None:
    move.prepare()
    move.session.commit()
    page = sign_in(app, move.hmrc_officer).open("/profile").text
    assert 'href="/tasks"' in page
    assert 'href="/tasks"' not in sign_in(app, move.employee).open("/profile").text

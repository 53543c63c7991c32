"""The apps that a move or loan does not open by itself: the person asks for a role there at once."""

from flask import Flask

from profiles.loans.models import LoanState
from tests.app.page_checks import check_page
from tests.factories.apps import make_app
from tests.factories.loans import HOST, make_lending
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

NAMED = "These apps of yours do not open by themselves: Case Vault."


def test_in_a_move_the_person_asks_and_the_new_department_reads_so(app: Flask, move: Move) -> None:
    vault = make_app(move.session, move.now, move.home_office, "Case Vault").id
    transfer = move.prepare()
    move.session.commit()
    page = sign_in(app, move.employee).open(f"/profile/transfers/{transfer.id}").text
    check_page(page)
    assert f'href="/profile/apps/{vault}/ask?first=2026-03-16"' in page
    assert "1 app of Department HO does not open by itself" in page
    path = f"/transfers/{transfer.id}"
    assert NAMED in sign_in(app, move.preparer).open(path).text
    assert NAMED in sign_in(app, move.home_office_officer).open(f"{path}/approve?side=importing").text
    for shown in (path, f"{path}/approve?side=exporting"):
        assert "Case Vault" not in sign_in(app, move.hmrc_officer).open(shown).text


def test_of_a_loan_it_is_asked_for_until_the_last_day(app: Flask, move: Move) -> None:
    vault = make_app(move.session, move.now, move.home_office, "Case Vault").id
    lending = make_lending(move)
    loan = lending.until(LoanState.HOME_APPROVED)
    move.session.commit()
    employee = sign_in(app, move.employee)
    assert "Case Vault" not in employee.open(f"/profile/loans/{loan.id}").text, "no post is described yet"
    lending.describe(loan)
    lending.approve(loan, HOST)
    move.session.commit()
    page = employee.open(f"/profile/loans/{loan.id}").text
    check_page(page)
    asks = f"/profile/apps/{vault}/ask?first=2026-03-16&amp;last=2027-03-15"
    assert f'href="{asks}"' in page
    assert NAMED in sign_in(app, move.preparer).open(f"/loans/{loan.id}").text
    assert "Case Vault" not in sign_in(app, move.hmrc_officer).open(f"/loans/{loan.id}").text


def test_the_form_begins_with_the_days_of_the_move(app: Flask, move: Move) -> None:
    vault = make_app(move.session, move.now, move.home_office, "Case Vault").id
    move.session.commit()
    form = (
        sign_in(app, move.employee).open(f"/profile/apps/{vault}/ask?first=2026-03-16&last=2026-04-30").text
    )
    check_page(form)
    for name, value in (("first_day-month", 3), ("last_day-day", 30), ("last_day-month", 4)):
        assert f'name="{name.partition("-")[0]}"' in form
        assert f'value="{value}"' in form

"""The first day of a loan was another one, on the pages of the host and of home."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlmodel import col, select

from profiles.loans.models import Loan, LoanState
from profiles.roles.models import Role
from tests.app.loans.test_pages import open_page
from tests.factories.loans import Lending
from tests.factories.people import give_role, make_employee
from tests.support.phone import Phone
from tests.support.signed_in import sign_in

NOW = datetime(2026, 3, 25, 9, tzinfo=UTC)
SENT = {"start_date": ["19", "3", "2026"]}


@pytest.fixture
def path(app: Flask, lending: Lending) -> str:
    """The page of a loan that has begun; the application's clock has come to the second week."""
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, NOW)
    lending.move.session.commit()
    app.config["CLOCK"] = lambda: NOW
    return f"/loans/{loan.id}"


def start_of(lending: Lending) -> date:
    found = lending.move.session.exec(select(Loan.start_date).where(col(Loan.in_flight).is_(True))).one()
    lending.move.session.commit()
    return found


def test_the_host_says_so_and_home_agrees(app: Flask, lending: Lending, path: str) -> None:
    host, home = sign_in(app, lending.move.home_office_officer), sign_in(app, lending.move.hmrc_officer)
    assert f"{path}/start" in open_page(host, path)
    assert f"{path}/start" not in open_page(home, path)
    assert home.open(f"{path}/start").status_code == 404
    refused = host.submit(f"{path}/start", start_date=["26", "3", "2026"])
    assert refused.status_code == 422
    assert "must have come" in refused.text
    assert host.submit(f"{path}/start", **SENT).status_code == 303
    assert start_of(lending) == date(2026, 3, 16)
    assert "It was said that it began on another day" in open_page(host, path)
    assert "Take it back" in open_page(host, f"{path}/start/answer")
    assert f"{path}/start/answer" in open_page(home, "/loans/waiting")
    asked = open_page(home, f"{path}/start/answer")
    assert "19 March 2026" in asked
    assert "16 March 2026" in asked
    assert home.submit(f"{path}/start/answer", agreed="yes").status_code == 303
    assert start_of(lending) == date(2026, 3, 19)
    assert "19 March 2026" in open_page(home, path)


def test_a_second_officer_reads_that_it_waits_already(app: Flask, lending: Lending, path: str) -> None:
    second = make_employee(lending.move.session, NOW, lending.move.home_office, "sue.second").person_id
    give_role(lending.move.session, NOW, second, Role.HR_OFFICER, lending.move.home_office.id)
    lending.move.session.commit()
    first, other = sign_in(app, lending.move.home_office_officer), sign_in(app, second)
    assert first.submit(f"{path}/start", **SENT).status_code == 303
    answered = other.submit(f"{path}/start", **SENT)
    assert (answered.status_code, "waits for an answer already" in answered.text) == (409, True)


def test_the_host_takes_it_back(app: Flask, lending: Lending, path: str) -> None:
    host, home = sign_in(app, lending.move.home_office_officer), sign_in(app, lending.move.hmrc_officer)
    assert host.submit(f"{path}/start", **SENT).status_code == 303
    assert host.submit(f"{path}/start/answer", agreed="yes").status_code == 403
    assert host.submit(f"{path}/start/answer", agreed="no").status_code == 303
    assert start_of(lending) == date(2026, 3, 16)
    assert "It was said" not in open_page(home, path)


@pytest.mark.looks_at("loans/restart.html", "loans/answer_start.html")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_on_a_phone(app: Flask, lending: Lending, path: str, page: Page) -> None:
    phone, host = Phone(app, page), sign_in(app, lending.move.home_office_officer)
    phone.look(open_page(host, f"{path}/start"), "restart")
    host.submit(f"{path}/start", **SENT)
    home = sign_in(app, lending.move.hmrc_officer)
    phone.look(open_page(home, f"{path}/start/answer"), "answer")

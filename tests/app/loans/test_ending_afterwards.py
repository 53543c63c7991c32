"""Somebody is back from a loan since Monday, on the pages of Wednesday."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from profiles.loans.models import LoanState
from tests.app.loans.test_pages import open_page, state_of
from tests.factories.loans import Lending
from tests.support.signed_in import sign_in

WEDNESDAY = datetime(2026, 5, 13, 9, tzinfo=UTC)
SENT = {"last_day": ["10", "5", "2026"], "reason": "Back since Monday"}


@pytest.fixture
def path(app: Flask, lending: Lending) -> str:
    """The page of a loan that has gone on for some weeks; the application's clock has come to Wednesday."""
    loan = lending.until(LoanState.ON_LOAN)
    lending.come_to(loan, WEDNESDAY)
    lending.move.session.commit()
    app.config["CLOCK"] = lambda: WEDNESDAY
    return f"/loans/{loan.id}"


def test_the_host_ends_it_with_a_day_that_has_passed(app: Flask, lending: Lending, path: str) -> None:
    host = sign_in(app, lending.move.home_office_officer)
    assert "28 April 2026 at the earliest" in open_page(host, f"{path}/end")
    assert host.submit(f"{path}/end", **SENT).status_code == 303
    assert "access at the host. Access at home is back" in open_page(host, path)
    assert state_of(lending) is LoanState.OVERDUE


def test_home_asks_and_a_colleague_agrees_and_the_return_is_confirmed_with_it(
    app: Flask, lending: Lending, path: str
) -> None:
    home = sign_in(app, lending.drafter)
    assert home.submit(f"{path}/end?side=home", page=f"{path}/end?side=home", **SENT).status_code == 303
    assert state_of(lending) is LoanState.ON_LOAN
    second = sign_in(app, lending.move.hmrc_officer)
    wish = f"{path}/early-end"
    assert "That day has passed" in open_page(second, wish)
    assert second.submit(f"{wish}/agree", page=wish).status_code == 303
    assert state_of(lending) is LoanState.RETURNED


def test_too_long_ago_is_said_at_the_day(app: Flask, lending: Lending, path: str) -> None:
    host = sign_in(app, lending.move.home_office_officer)
    answer = host.submit(f"{path}/end", **SENT | {"last_day": ["1", "4", "2026"]})
    assert answer.status_code == 422
    assert "28 April 2026 or later" in answer.text
    assert "Back since Monday" in answer.text

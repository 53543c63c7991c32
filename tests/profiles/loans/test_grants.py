"""Roles given by hand at the host: they end with the loan at the latest."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from profiles.apps.models import App
from profiles.entitlements.grants import grant
from profiles.errors import Invalid
from profiles.loans.models import LoanState
from profiles.temporal import Provenance, end_of_day
from tests.factories.loans import Lending
from tests.factories.organisations import INITIATOR
from tests.profiles.loans.test_ending import SOONER, end_early
from tests.profiles.loans.test_instants import ENDS, MOMENT, opens


def give(lending: Lending, app_name: str, until: datetime) -> None:
    move = lending.move
    app_id = move.session.exec(select(App.id).where(App.name == app_name)).one()
    grant(
        move.session,
        move.now,
        Provenance(move.preparer, "test", "covers for a colleague"),
        INITIATOR,
        person_id=move.employee,
        app_id=app_id,
        role_name="manager",
        approved_by=move.home_office_officer,
        valid_from=move.now,
        valid_to=until,
    )


def test_one_that_would_outlive_the_loan_is_refused(lending: Lending) -> None:
    lending.until(LoanState.ON_LOAN)
    with pytest.raises(Invalid, match="15 March 2027") as refused:
        give(lending, "Visa Desk", ENDS + timedelta(days=1))
    assert refused.value.field == "last_day"


def test_one_ends_with_the_loan(lending: Lending) -> None:
    lending.until(LoanState.ON_LOAN)
    give(lending, "Visa Desk", ENDS)
    assert opens(lending, ENDS) == ["Tax Desk"]


def test_one_ends_with_an_early_end_too(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    give(lending, "Visa Desk", ENDS)
    end_early(lending, loan)
    assert opens(lending, end_of_day(SOONER) - MOMENT) == ["Visa Desk"]
    assert opens(lending, end_of_day(SOONER)) == ["Tax Desk"]


def test_an_extension_does_not_lengthen_it(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    give(lending, "Visa Desk", end_of_day(SOONER))
    lending.extend(loan, date(2027, 9, 30))
    give(lending, "Visa Desk", ENDS)
    with pytest.raises(Invalid):
        give(lending, "Visa Desk", end_of_day(date(2027, 10, 1)))


def test_one_of_home_is_kept_until_its_own_end(lending: Lending) -> None:
    lending.until(LoanState.ON_LOAN)
    give(lending, "Tax Desk", end_of_day(SOONER))
    assert opens(lending, lending.move.now) == ["Tax Desk", "Visa Desk"]
    assert opens(lending, end_of_day(SOONER)) == ["Visa Desk"]

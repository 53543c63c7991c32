"""Roles given by hand: the host's end with the loan at the latest, and home's sleep during it."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from profiles.apps.models import App
from profiles.entitlements.grants import grant
from profiles.entitlements.policy import decide
from profiles.entitlements.service import all_rules, facts_of
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
    give(lending, "Visa Desk", ENDS)
    lending.extend(loan, date(2027, 9, 30))
    assert "manager" in roles(lending, "Visa Desk", ENDS - MOMENT)
    assert "manager" not in roles(lending, "Visa Desk", ENDS)


def test_one_that_is_given_after_an_extension_lasts_as_long_as_that_at_most(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.extend(loan, date(2027, 9, 30))
    with pytest.raises(Invalid, match="30 September 2027"):
        give(lending, "Visa Desk", end_of_day(date(2027, 10, 1)))


def test_one_of_home_sleeps_during_the_loan(lending: Lending) -> None:
    begins_at = lending.until(LoanState.SCHEDULED).begins_at
    give(lending, "Tax Desk", ENDS + timedelta(days=1))
    assert "manager" in roles(lending, "Tax Desk", begins_at - MOMENT)
    assert opens(lending, begins_at) == opens(lending, ENDS - MOMENT) == ["Visa Desk"]
    assert "manager" in roles(lending, "Tax Desk", ENDS)


def test_one_of_home_that_ends_meanwhile_does_not_come_back(lending: Lending) -> None:
    lending.until(LoanState.SCHEDULED)
    give(lending, "Tax Desk", end_of_day(SOONER))
    assert "manager" not in roles(lending, "Tax Desk", ENDS)


def test_one_of_home_is_back_on_the_day_after_an_early_end(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    give(lending, "Tax Desk", ENDS + timedelta(days=1))
    end_early(lending, loan)
    assert "manager" in roles(lending, "Tax Desk", end_of_day(SOONER))


def roles(lending: Lending, app_name: str, at: datetime) -> tuple[str, ...]:
    session, now = lending.move.session, lending.move.now
    found = next(one for one in all_rules(session, now) if one.app_name == app_name)
    return decide(facts_of(session, lending.move.employee, now), found, at).roles

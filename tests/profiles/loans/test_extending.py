"""A longer loan is a new agreement of all three; without it the loan ends on its day."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from profiles.errors import Conflict, Invalid
from profiles.loans import extending, reading
from profiles.loans.models import AgreementOutcome, LoanState, Payer
from profiles.loans.preview import preview_extension
from profiles.temporal import end_of_day
from tests.factories.loans import HOME, HOST, Lending
from tests.profiles.loans.test_instants import ENDS, MOMENT, opens

LATER = date(2027, 9, 30)


def test_with_all_three_the_loan_ends_later(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.extend(loan, LATER)
    assert (loan.state, loan.last_day) == (LoanState.ON_LOAN, LATER)
    assert opens(lending, end_of_day(LATER) - MOMENT) == ["Visa Desk"]
    assert opens(lending, end_of_day(LATER)) == ["Tax Desk"]
    assert [one.outcome for one in reading.agreements_of(lending.move.session, loan.id)] == [
        AgreementOutcome.SIGNED
    ] * 2


@pytest.mark.parametrize("order", list(permutations(("home", "host", "employee"))))
def test_the_three_agree_in_any_order_and_two_do_not_suffice(
    lending: Lending, order: tuple[str, ...]
) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, LATER)
    lending.agree_clearance(loan)
    for who in order:
        assert opens(lending, ENDS) == ["Tax Desk"]
        if who == "employee":
            lending.sign(loan)
        else:
            lending.approve(loan, HOME if who == "home" else HOST)
    assert opens(lending, ENDS) == ["Visa Desk"]


def test_who_proposes_it_does_not_approve_it(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, LATER)
    with pytest.raises(Exception, match="prepared"):
        lending.approve(loan, HOST, lending.move.preparer)


def test_refused_it_goes_on_to_the_old_end(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, LATER)
    by = lending.as_officer(lending.move.hmrc_officer)
    extending.refuse(**by, loan_id=loan.id, side=HOME, reason="We need her back.")
    assert loan.state is LoanState.ON_LOAN
    assert opens(lending, ENDS) == ["Tax Desk"]


def test_the_employee_may_refuse_too(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, LATER)
    extending.refuse_own(**lending.at, loan_id=loan.id, person_id=lending.move.employee)
    assert loan.state is LoanState.ON_LOAN


def test_one_that_is_still_pending_at_the_end_lapses(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.propose(loan, LATER)
    lending.approve(loan, HOME)
    lending.approve(loan, HOST)
    lending.move.now = ENDS
    with pytest.raises(Conflict, match="ended"):
        lending.sign(loan)
    assert opens(lending, ENDS) == ["Tax Desk"]
    lending.come_to(loan, ENDS)
    assert loan.state is LoanState.OVERDUE
    assert reading.find_open(lending.move.session, loan.id) is None


@pytest.mark.parametrize("last_day", [date(2027, 3, 15), date(2026, 12, 1), date(2028, 3, 16)])
def test_it_is_later_and_within_the_longest_time(lending: Lending, last_day: date) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    with pytest.raises(Invalid) as refused:
        lending.propose(loan, last_day)
    assert refused.value.field == "last_day"


def test_the_longest_time_counts_from_the_first_day(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.extend(loan, date(2028, 3, 15))
    assert loan.last_day == date(2028, 3, 15)


def test_a_short_loan_may_be_recharged_once_it_is_long(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN, last_day=date(2026, 6, 15), payer=Payer.HOME)
    lending.extend(loan, LATER)
    assert reading.newest(lending.move.session, loan.id).payer is Payer.HOST


def test_the_preview_shows_what_goes_on_instead_of_ending(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    agreement = lending.propose(loan, LATER)
    changes = preview_extension(lending.move.session, loan, agreement, lending.move.now)
    assert {one.app_name: one.change.value for one in changes} == {"Tax Desk": "ends", "Visa Desk": "begins"}


def test_an_extension_is_as_good_after_a_clock_change(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    lending.extend(loan, date(2027, 3, 28))
    assert loan.ends_at == datetime(2027, 3, 28, 23, tzinfo=UTC)
    assert opens(lending, loan.ends_at - timedelta(seconds=1)) == ["Visa Desk"]

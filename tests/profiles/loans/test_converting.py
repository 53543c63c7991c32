"""A loan that becomes a permanent move, and loans of people who move or are to move otherwise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from profiles.errors import Conflict, InvalidTransition
from profiles.loans import converting
from profiles.loans.advancing import look
from profiles.loans.models import Loan, LoanState
from profiles.temporal import civil_date, end_of_day, start_of_day
from profiles.transfers import facts, interruptions, tasks
from profiles.transfers.ending import withdraw
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.service import advance_due
from profiles.transfers.timetable import Timetable
from tests.factories.loans import Lending
from tests.factories.transfers import TERMS
from tests.profiles.loans.test_ending import end_early
from tests.profiles.loans.test_instants import ENDS, MOMENT, opens

JOINS = date(2026, 9, 14)
STAYS = replace(TERMS, start_date=JOINS, last_day=None, bpss_checked_on=date(2026, 3, 10))


def convert(lending: Lending, loan: Loan) -> Transfer:
    by = lending.as_officer(lending.move.preparer)
    return converting.convert(**by, loan_id=loan.id, terms=STAYS)


def agree(lending: Lending, transfer: Transfer) -> None:
    """All do their part of the transfer, which is then scheduled."""
    lending.move.do_tasks(transfer)
    lending.move.approve(transfer, Side.IMPORTING, lending.move.home_office_officer)
    lending.move.approve(transfer, Side.EXPORTING, lending.move.hmrc_officer)
    assert transfer.state is TransferState.SCHEDULED


def test_the_transfer_goes_its_own_way_and_the_loan_ends_with_it(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    transfer = convert(lending, loan)
    assert (loan.state, transfer.state) == (LoanState.CONVERTING, TransferState.IN_PROGRESS)
    agree(lending, transfer)
    advance_due(lending.move.session, start_of_day(JOINS))
    look(lending.move.session, loan, start_of_day(JOINS))
    assert (loan.state, loan.in_flight) == (LoanState.CONVERTED, False)


def test_its_parts_are_due_by_the_timetable_that_is_given(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    by = lending.as_officer(lending.move.preparer)
    transfer = converting.convert(**by, loan_id=loan.id, terms=STAYS, timetable=Timetable(task_days=3))
    due_on = tasks.get(lending.move.session, transfer, TaskKind.TERMS).due_on
    assert due_on == civil_date(lending.move.now) + timedelta(days=3)


def test_there_is_no_morning_without_access_and_home_access_is_gone(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    agree(lending, convert(lending, loan))
    joins = start_of_day(JOINS)
    for at in (joins - MOMENT, joins, ENDS - MOMENT, ENDS, ENDS + timedelta(days=400)):
        assert opens(lending, at) == ["Visa Desk"]


def test_not_agreed_in_time_host_access_ends_with_the_loan_all_the_same(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    convert(lending, loan)
    assert opens(lending, ENDS - MOMENT) == ["Visa Desk"]
    assert opens(lending, ENDS) == ["Tax Desk"]


def test_when_the_transfer_ends_the_loan_goes_on(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    transfer = convert(lending, loan)
    agree(lending, transfer)
    withdraw(**lending.at, transfer_id=transfer.id, person_id=lending.move.employee)
    look(lending.move.session, loan, lending.move.now)
    assert (loan.state, loan.transfer_id) == (LoanState.ON_LOAN, None)
    assert opens(lending, ENDS - MOMENT) == ["Visa Desk"]
    assert opens(lending, ENDS) == ["Tax Desk"]
    assert lending.extend(loan, date(2027, 9, 30)).state is LoanState.ON_LOAN


def test_a_transfer_that_ends_does_not_undo_an_early_end(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    transfer = convert(lending, loan)
    agree(lending, transfer)
    end_early(lending, loan)
    withdraw(**lending.at, transfer_id=transfer.id, person_id=lending.move.employee)
    assert opens(lending, end_of_day(loan.last_day)) == ["Tax Desk"]
    assert opens(lending, ENDS - MOMENT) == ["Tax Desk"]


def held(lending: Lending, transfer: Transfer) -> None:
    by = lending.as_officer(lending.move.hmrc_officer)
    later = lending.move.now.date() + timedelta(days=7)
    interruptions.hold(
        **by, transfer_id=transfer.id, side=Side.EXPORTING, reason="A case is open.", review_on=later
    )


def withdrawn(lending: Lending, transfer: Transfer) -> None:
    withdraw(**lending.at, transfer_id=transfer.id, person_id=lending.move.employee)


@pytest.mark.parametrize("taken_back", [held, withdrawn])
def test_an_early_end_after_the_last_day_of_the_old_post_holds_when_the_move_is_taken_back(
    lending: Lending, taken_back: Callable[[Lending, Transfer], None]
) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    transfer = convert(lending, loan)
    agree(lending, transfer)
    end_early(lending, loan, JOINS + timedelta(days=30))
    taken_back(lending, transfer)
    assert opens(lending, loan.ends_at - MOMENT) == ["Visa Desk"]
    assert opens(lending, loan.ends_at) == ["Tax Desk"]
    assert opens(lending, ENDS - MOMENT) == ["Tax Desk"]


def test_the_cap_of_a_loan_does_not_depend_on_who_took_the_move_back(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    transfer = convert(lending, loan)
    agree(lending, transfer)
    end_early(lending, loan, JOINS + timedelta(days=30))
    facts.retract(**lending.at, transfer=transfer, by=None)
    transfer.state, transfer.in_flight = TransferState.WITHDRAWN, False
    lending.move.session.flush()
    look(lending.move.session, loan, lending.move.now)
    assert opens(lending, ENDS - MOMENT) == ["Tax Desk"]


def test_while_it_converts_it_is_not_extended(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    convert(lending, loan)
    with pytest.raises((Conflict, InvalidTransition)):
        lending.propose(loan, date(2027, 9, 30))


def test_it_is_converted_once(lending: Lending) -> None:
    loan = lending.until(LoanState.ON_LOAN)
    convert(lending, loan)
    with pytest.raises(Conflict):
        convert(lending, loan)
    assert len(lending.move.session.exec(select(Transfer)).all()) == 1


@pytest.mark.parametrize("state", [LoanState.SCHEDULED, LoanState.ON_LOAN])
def test_nobody_else_moves_somebody_who_is_on_loan(lending: Lending, state: LoanState) -> None:
    lending.until(state)
    with pytest.raises(Conflict, match="on loan"):
        lending.move.begin()


def test_somebody_who_is_being_moved_is_not_lent(lending: Lending) -> None:
    lending.move.begin()
    with pytest.raises(Conflict, match="being moved"):
        lending.draft()


def test_who_begins_to_move_before_all_have_signed_is_not_lent_either(lending: Lending) -> None:
    loan = lending.until(LoanState.HOST_APPROVED)
    lending.agree_clearance(loan)
    transfer = lending.move.begin()
    lending.sign(loan)
    assert loan.state is LoanState.AGREEMENT_SIGNED
    withdraw(**lending.at, transfer_id=transfer.id, person_id=lending.move.employee)
    assert look(lending.move.session, loan, lending.move.now)
    assert loan.state is LoanState.SCHEDULED


def test_one_loan_at_a_time(lending: Lending) -> None:
    lending.draft()
    with pytest.raises(Conflict, match="on loan already"):
        lending.draft()

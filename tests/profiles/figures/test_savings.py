"""Whom the hours saved count, each beginning once, and what the tasks for it are."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlmodel import select

from profiles.appointments.models import AppointmentState
from profiles.bulk_moves.models import BulkMoveMember, BulkMoveState, MemberState
from profiles.figures.counts import Count
from profiles.figures.savings import Saved, Way, saved
from profiles.figures.scope import Period, Scope
from profiles.figures.service import Reader, figures_of
from profiles.loans.models import LoanState, LoanStep
from profiles.organisations.move_rules import Regime
from profiles.transfers.models import Transfer
from profiles.transfers.service import advance_due
from tests.factories.loans import make_lending, make_loan
from tests.factories.returners import approve, let_leave, make_appointment
from tests.factories.transfers import Move
from tests.profiles.figures.test_bulk import bulk_move, pay

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))
LATER = datetime(2026, 4, 1, 9, tzinfo=UTC)


def count(move: Move, place: UUID | None = None, period: Period = MARCH, now: datetime = LATER) -> Saved:
    [found] = saved(move.session, Scope(None if place is None else [place]), period, now)
    return found


def joined(move: Move) -> Transfer:
    transfer = move.schedule()
    advance_due(move.session, transfer.join_at)
    return transfer


def test_who_began_on_loan_counts_at_the_host_and_the_steps_that_people_took(move: Move) -> None:
    loan = make_lending(move).until(LoanState.ON_LOAN)
    assert count(move, move.home_office.id).people == {Way.LOAN: 1}
    assert count(move, move.hmrc.id).people == {}
    by_people = [one for one in move.session.exec(select(LoanStep)) if one.by is not None]
    assert count(move).tasks == len(by_people) > 0
    loan.ends_at = loan.begins_at
    assert count(move).people == {}


def test_a_body_outside_takes_people_on_by_itself(move: Move) -> None:
    loan = make_lending(move).until(LoanState.ON_LOAN)
    loan.regime = Regime.OUTSIDE
    assert count(move).people == {}


def test_who_was_on_loan_there_already_does_not_begin_twice(move: Move) -> None:
    transfer = joined(move)
    assert count(move).people == {Way.TRANSFER: 1}
    make_loan(move).transfer_id = transfer.id
    assert count(move).people == {}


def test_a_move_that_is_taken_back_saves_nothing_nor_does_the_way_back(move: Move) -> None:
    transfer = joined(move)
    back = transfer.model_dump(exclude={"id"}) | {
        "exporting_organisation_id": transfer.importing_organisation_id,
        "importing_organisation_id": transfer.exporting_organisation_id,
        "reverses_id": transfer.id,
        "in_flight": False,
    }
    move.session.add(Transfer(**back))
    assert count(move).people == {}


def test_whom_a_bulk_move_moved_counts_and_each_first_pay_is_a_task(move: Move) -> None:
    moved = MemberState.JOINED
    made, (one, other, _apart) = bulk_move(
        move, BulkMoveState.RECONCILING, moved, moved, MemberState.SET_APART
    )
    pay(move, made, one, LATER - timedelta(days=2), right=False)
    found = count(move)
    assert (found.people, found.tasks) == ({Way.BULK_MOVE: 2}, 1)
    assert count(move, move.hmrc.id).people == {}
    back, _members = bulk_move(move, BulkMoveState.RECONCILING)
    back.reverses_id = made.id
    move.session.add(BulkMoveMember(**other.model_dump(exclude={"id"}) | {"bulk_move_id": back.id}))
    assert count(move).people == {Way.BULK_MOVE: 1}


def test_who_comes_back_counts_from_the_first_day_and_preparing_accepting_and_approving_are_tasks(
    move: Move,
) -> None:
    move = let_leave(move)
    appointment = approve(move, make_appointment(move))
    assert appointment.state is AppointmentState.AGREED
    begins_at = appointment.begins_at
    assert count(move, period=JUNE, now=begins_at - timedelta(seconds=1)).people == {}
    assert count(move, move.home_office.id, JUNE, begins_at).people == {Way.RETURN: 1}
    assert count(move, move.hmrc.id, JUNE, begins_at).people == {}
    may = Period(date(2026, 5, 1), date(2026, 5, 31))
    assert count(move, move.home_office.id, may).tasks == 3


def test_the_hours_are_those_of_all_of_them_and_told_as_roughly_as_their_number(move: Move) -> None:
    bulk_move(move, BulkMoveState.RECONCILING, *[MemberState.JOINED] * 12)
    joined(move)
    exact, rough = (figures_of(move.session, Reader(None, exact=one), MARCH, LATER) for one in (True, False))
    assert (exact.all_begun, exact.begun[Way.BULK_MOVE]) == (Count(13), Count(12))
    assert (rough.all_begun, rough.begun[Way.TRANSFER]) == (Count(10), Count(10, fewer=True))
    [month] = exact.months
    assert (month.joined, month.begun) == (Count(1), Count(13))
    assert month.hours == tuple(round((13 * one - exact.tasks.value * 15) / 60) for one in (444, 14 * 444))
    assert rough.hours is not None

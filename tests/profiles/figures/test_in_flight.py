"""What is late is what waits for somebody beyond its day, asked of all moves at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlmodel import select

from profiles.figures import in_flight
from profiles.figures.in_flight import Why
from profiles.figures.scope import Scope
from profiles.loans.models import LoanState
from profiles.temporal import civil_date
from profiles.transfers import interruptions, managers
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState
from profiles.transfers.service import advance_due
from profiles.transfers.waiting import Act, Waiting, waiting_of
from tests.factories.loans import make_lending
from tests.factories.transfers import Move

ALL = Scope(None)
LAST_DAY, START = datetime(2026, 3, 13, 9, tzinfo=UTC), datetime(2026, 3, 16, 9, tzinfo=UTC)
MOMENTS = [
    *(datetime(2026, 3, day, 9, tzinfo=UTC) for day in (2, 13, 14, 15, 16, 17)),
    *(datetime(2026, month, 16, 9, tzinfo=UTC) for month in (4, 5)),
]
_WHY = {
    Act.APPROVE: Why.APPROVAL,
    Act.CHANGE_DATES: Why.DATES_PASSED,
    Act.REVIEW_HOLD: Why.HOLD,
    Act.UNBLOCK: Why.BLOCKED,
    Act.DECIDE_SECURITY: Why.BLOCKED,
    Act.ANSWER_CORRECTION: TaskKind.EMPLOYEE_DETAILS,
}


def held(move: Move) -> None:
    interruptions.hold(
        move.session,
        move.now,
        transfer_id=move.prepare().id,
        side=Side.EXPORTING,
        officer_id=move.hmrc_officer,
        permissions=move.permissions(move.hmrc_officer),
        reason="Why",
        review_on=date(2026, 3, 6),
    )


def with_managers(move: Move) -> None:
    transfer = move.begin()
    managers.name(move.session, transfer, Side.EXPORTING, move.manager(), move.now)
    managers.name(move.session, transfer, Side.IMPORTING, move.preparer, move.now)


def joined(move: Move) -> None:
    move.schedule()
    advance_due(move.session, START)


STATES: list[Callable[[Move], object]] = [
    Move.begin,
    with_managers,
    Move.prepare,
    held,
    Move.schedule,
    joined,
    lambda move: move.approve(move.prepare(), Side.IMPORTING, move.home_office_officer),
]


def reason_of(one: Waiting) -> Why | TaskKind:
    """The reason that stands for what is waited for."""
    if one.act is Act.NAME_MANAGER:
        return TaskKind.LINE_MANAGER if one.side is Side.EXPORTING else TaskKind.FIRST_DAY
    return one.act if isinstance(one.act, TaskKind) else _WHY[one.act]


@pytest.mark.parametrize("make", STATES)
def test_it_finds_late_what_waits_beyond_its_day(move: Move, make: Callable[[Move], object]) -> None:
    make(move)
    transfer = move.session.exec(select(Transfer)).one()
    for now in MOMENTS:
        late = {
            reason_of(one)
            for one in waiting_of(move.session, transfer, (None, *Side), now)
            if one.due_on is not None and one.due_on < civil_date(now)
        }
        assert in_flight.late_moves(move.session, ALL, now) == (dict.fromkeys(late, 1), bool(late)), now


def test_moves_are_counted_for_either_department_and_no_other(move: Move) -> None:
    joined(move)
    for place in (move.hmrc.id, move.home_office.id):
        assert in_flight.moves_by_state(move.session, Scope([place])) == {TransferState.RECONCILING: 1}
    assert in_flight.moves_by_state(move.session, Scope([UUID(int=1)])) == {}
    assert in_flight.moves_by_state(move.session, Scope([])) == {}


def test_when_a_hold_is_looked_at_again_the_other_department_does_not_learn(move: Move) -> None:
    held(move)
    found = {
        place.code: in_flight.late_moves(move.session, Scope([place.id]), LAST_DAY)[1]
        for place in (move.hmrc, move.home_office)
    }
    assert found == {"HMRC": 1, "HO": 0}


def test_a_host_learns_of_no_loan_before_home_has_approved_it(move: Move) -> None:
    lending = make_lending(move)
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    assert in_flight.loans_by_state(move.session, Scope([move.home_office.id])) == {}
    assert in_flight.loans_by_state(move.session, Scope([move.hmrc.id])) == {loan.state: 1}

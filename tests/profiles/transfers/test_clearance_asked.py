"""What a move asks of a clearance is read from the move, at a point of both time lines."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.temporal import current
from profiles.temporal import replace as correct
from profiles.transfers.clearance_asked import asked_in_moves
from profiles.transfers.ending import withdraw
from profiles.transfers.models import TaskKind
from tests.factories.organisations import PROVENANCE
from tests.factories.transfer_tasks import decide_clearance
from tests.factories.transfers import Move

LEAVE = datetime(2026, 3, 14, tzinfo=UTC)
ASKED = ClearanceStatus.TRANSFER_REQUESTED


def shown(move: Move, at: datetime, exporting: Collection[UUID] | None = None) -> list[ClearanceStatus]:
    return list(asked_in_moves(move.session, move.employee, at, at, exporting).values())


@pytest.mark.parametrize(
    ("released", "answer"),
    [(True, ClearanceStatus.EXPORTER_RELEASED), (False, ClearanceStatus.EXPORTER_REFUSED)],
)
def test_it_is_asked_for_then_answered_until_the_last_day(
    move: Move, released: bool, answer: ClearanceStatus
) -> None:
    began, said = move.now, move.now + timedelta(days=1)
    transfer = move.begin()
    decide_clearance(move.session, said, transfer, move.security_officer(), released=released)
    assert shown(move, began - timedelta(seconds=1)) == []
    assert [shown(move, one) for one in (began, said, LEAVE - timedelta(hours=1))] == [
        [ASKED],
        [answer],
        [answer],
    ]
    assert shown(move, LEAVE) == []
    assert list(asked_in_moves(move.session, move.employee, said, began).values()) == [ASKED]


def test_the_record_of_the_clearance_is_as_it_was(move: Move) -> None:
    transfer = move.begin()
    decide_clearance(move.session, move.now, transfer, move.security_officer(), released=True)
    held = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    assert [one.status for one in held] == [ClearanceStatus.ACTIVE]


def test_one_that_is_being_renewed_is_asked_for_all_the_same(move: Move) -> None:
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    correct(move.session, held, move.now, PROVENANCE, status=ClearanceStatus.RENEWAL_IN_PROGRESS)
    move.begin()
    assert asked_in_moves(move.session, move.employee, move.now, move.now) == {held.fact_id: ASKED}


def test_who_is_not_of_the_old_department_does_not_see_it(move: Move) -> None:
    move.begin()
    assert shown(move, move.now, {move.hmrc.id}) == [ASKED]
    assert shown(move, move.now, {move.home_office.id}) == []


def test_a_move_that_ended_asks_for_nothing_any_more(move: Move) -> None:
    transfer = move.begin()
    later = replace(move, now=move.now + timedelta(days=1))
    withdraw(move.session, later.now, transfer_id=transfer.id, person_id=move.employee)
    assert shown(move, later.now) == []
    assert shown(move, move.now) == [ASKED]


def test_where_none_is_asked_for_nothing_is_shown(move: Move) -> None:
    transfer = move.begin(required_level=None)
    move.do_tasks(transfer, but={TaskKind.CLEARANCE})
    assert shown(move, move.now) == []

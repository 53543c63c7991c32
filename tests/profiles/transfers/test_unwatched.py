"""A gate that fails while nothing runs: the move takes effect, opens nothing of it, and is told loudly."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from profiles.audit.models import AuditEntry
from profiles.clearances.models import Clearance, ClearanceStatus
from profiles.employments.models import Employment
from profiles.entitlements.service import access_of
from profiles.organisations.models import OrganisationDetail
from profiles.outbox.models import OutboxMessage
from profiles.sign_in.service import may_sign_in
from profiles.suspensions.service import suspend_account
from profiles.temporal import current, end, history, replace
from profiles.transfers import unwatched, watching
from profiles.transfers.gates import Gate, unpacked
from profiles.transfers.models import Transfer, TransferState
from profiles.transfers.service import advance_due
from tests.factories.apps_of_move import make_apps
from tests.factories.organisations import PROVENANCE
from tests.factories.transfers import Move

LEAVE = datetime(2026, 3, 14, tzinfo=UTC)
SATURDAY, JOIN = datetime(2026, 3, 14, 12, tzinfo=UTC), datetime(2026, 3, 16, tzinfo=UTC)
AFTERWARDS = datetime(2026, 3, 17, 9, tzinfo=UTC)
WENT_AHEAD = "A move went ahead that would have been stopped"


def withdraw_clearance(move: Move) -> None:
    """On the Thursday, with the worker down from then on."""
    move.now = LEAVE - timedelta(days=1)
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    replace(move.session, held, move.now, PROVENANCE, status=ClearanceStatus.WITHDRAWN)


def suspend(move: Move) -> None:
    move.now = LEAVE - timedelta(days=1)
    suspend_account(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )


def told(move: Move) -> set[object]:
    return {
        one.person_id
        for one in move.session.exec(select(OutboxMessage))
        if one.payload.get("subject") == WENT_AHEAD
    }


def subjects(move: Move) -> list[object]:
    found = [one.payload.get("subject") for one in move.session.exec(select(OutboxMessage))]
    return [one for one in found if one == WENT_AHEAD]


def come_back(move: Move, at: datetime = AFTERWARDS) -> list[Transfer]:
    """The worker runs again: it tells, lets the states follow, and looks at what stands against a move."""
    move.now = at
    late = [move.session.get_one(Transfer, one) for one in unwatched.find_late(move.session, move.now)]
    for one in late:
        unwatched.tell(move.session, one, move.now)
    advance_due(move.session, move.now)
    for one in watching.concerned(move.session, move.now):
        watching.look(move.session, move.session.get_one(Transfer, one), move.now)
    return late


@pytest.mark.parametrize(("fails", "gate"), [(withdraw_clearance, Gate.REQUIRED), (suspend, Gate.ACCOUNT)])
def test_what_failed_unwatched_is_told_and_the_person_works_where_both_agreed(
    move: Move, fails: object, gate: Gate
) -> None:
    transfer = move.schedule()
    assert callable(fails)
    fails(move)
    assert come_back(move) == [transfer]
    assert transfer.state is TransferState.RECONCILING
    employed = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    assert [one.organisation_id for one in employed] == [move.home_office.id]
    found = unwatched.find_told(move.session, transfer)
    assert found is not None
    assert unpacked(found.gates) == (gate,)
    assert {move.hmrc_officer, move.home_office_officer, move.preparer} <= told(move)
    assert move.employee not in told(move)
    entries = select(AuditEntry).where(AuditEntry.event == "transfer.began_unwatched")
    assert len(move.session.exec(entries).all()) == 1


def suspend_clearance(move: Move, at: datetime = LEAVE - timedelta(days=1)) -> None:
    move.now = at
    (held,) = current(move.session, Clearance, move.now, move.now, person_id=move.employee)
    replace(move.session, held, move.now, PROVENANCE, status=ClearanceStatus.SUSPENDED)


def close_new_department(move: Move) -> None:
    move.now = LEAVE - timedelta(days=1)
    (detail,) = history(move.session, OrganisationDetail, move.now, organisation_id=move.home_office.id)
    end(move.session, detail, LEAVE, move.now, PROVENANCE)


@pytest.mark.parametrize("fails", [suspend_clearance, close_new_department])
def test_what_is_found_before_the_start_is_blocked_there_and_nobody_is_told_that_it_went_ahead(
    move: Move, fails: Callable[[Move], None]
) -> None:
    transfer = move.schedule()
    fails(move)
    come_back(move, SATURDAY)
    assert transfer.state is TransferState.BLOCKED
    assert current(move.session, Employment, JOIN, move.now, person_id=move.employee) == []
    assert told(move) == set()
    assert unwatched.find_told(move.session, transfer) is None


def test_what_cannot_keep_somebody_who_has_left_is_told_before_the_start(move: Move) -> None:
    transfer = move.schedule()
    suspend(move)
    come_back(move, SATURDAY)
    assert transfer.state is TransferState.LEFT
    assert {move.hmrc_officer, move.home_office_officer, move.preparer} <= told(move)
    (employed,) = current(move.session, Employment, JOIN, move.now, person_id=move.employee)
    assert employed.organisation_id == move.home_office.id


def test_it_is_told_once(move: Move) -> None:
    transfer = move.schedule()
    suspend(move)
    move.now = AFTERWARDS
    assert unwatched.tell(move.session, transfer, move.now)
    assert not unwatched.tell(move.session, transfer, move.now)


def test_a_move_that_nothing_stands_against_is_not_told(move: Move) -> None:
    transfer = move.schedule()
    assert come_back(move) == []
    assert transfer.state is TransferState.RECONCILING
    assert told(move) == set()


def test_one_that_is_looked_at_in_time_is_not_late(move: Move) -> None:
    move.schedule()
    suspend(move)
    assert unwatched.find_late(move.session, LEAVE + timedelta(minutes=4)) == []
    assert len(unwatched.find_late(move.session, LEAVE + timedelta(minutes=5))) == 1


def test_an_account_suspended_between_the_two_days_keeps_the_employment_and_opens_nothing(move: Move) -> None:
    make_apps(move)
    transfer = move.schedule()
    come_back(move, SATURDAY)
    suspend_account(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )
    come_back(move, JOIN + timedelta(hours=9))
    assert transfer.state is TransferState.RECONCILING
    (employed,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    assert employed.organisation_id == move.home_office.id
    assert not may_sign_in(move.session, move.employee, move.now)
    assert [one for _rules, one in access_of(move.session, move.employee, move.now) if one.allowed] == []


def test_each_instant_that_nothing_watched_is_told_once(move: Move) -> None:
    transfer = move.schedule()
    suspend(move)
    come_back(move, SATURDAY)
    assert transfer.state is TransferState.LEFT
    first = unwatched.find_told(move.session, transfer)
    for _each in range(2):
        unwatched.tell(move.session, transfer, move.now)
    assert unwatched.find_told(move.session, transfer) is first
    suspend_clearance(move, JOIN - timedelta(hours=12))
    come_back(move)
    second = unwatched.find_told(move.session, transfer)
    assert transfer.state is TransferState.RECONCILING
    assert first is not None
    assert second is not None
    assert (second.resumes_to, second.began_at) == (TransferState.LEFT, AFTERWARDS)
    assert unpacked(second.gates) == (Gate.CLEARANCE,)
    assert len(subjects(move)) == 2 * len(told(move))

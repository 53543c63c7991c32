"""An account is suspended between the last day and the start: the move goes on, and its new HR hear of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from profiles.audit.models import AuditEntry
from profiles.outbox.models import OutboxMessage
from profiles.suspensions.service import find_account_suspension, lift_account_suspension, suspend_account
from profiles.transfers import unwatched, watching
from profiles.transfers.models import Transfer, TransferState
from profiles.transfers.service import advance_due
from tests.factories.transfers import Move

SATURDAY, JOINED = datetime(2026, 3, 14, 9, tzinfo=UTC), datetime(2026, 3, 16, 9, tzinfo=UTC)
IN_THE_WAY = "Something stands in the way of a first day"


@pytest.fixture
def transfer(move: Move) -> Transfer:
    """Who has left and not begun yet."""
    found = move.schedule()
    move.now = SATURDAY
    advance_due(move.session, move.now)
    assert found.state is TransferState.LEFT
    return found


def suspend(move: Move) -> None:
    suspend_account(
        move.session,
        move.now,
        person_id=move.employee,
        organisation_id=move.hmrc.id,
        officer_id=move.hmrc_officer,
        reason="Lost laptop",
    )
    watching.look_at_people(move.session, [move.employee], move.now)


def mails(move: Move) -> list[OutboxMessage]:
    found = move.session.exec(select(OutboxMessage)).all()
    return [one for one in found if one.payload.get("subject") == IN_THE_WAY]


def test_hr_who_receive_them_are_told_at_once_and_learn_no_reason(move: Move, transfer: Transfer) -> None:
    suspend(move)
    assert {one.person_id for one in mails(move)} == {move.preparer, move.home_office_officer}
    assert not any(
        word in str(one.payload) for one in mails(move) for word in ("suspend", "account", "laptop")
    )
    assert transfer.state is TransferState.LEFT
    entry = move.session.exec(select(AuditEntry).where(AuditEntry.event == "transfer.start_in_doubt")).one()
    assert entry.person_id == move.employee
    assert unwatched.find_told(move.session, transfer) is not None
    move.now = JOINED
    advance_due(move.session, move.now)
    assert transfer.state is TransferState.RECONCILING


def test_once_for_each_suspension(move: Move, transfer: Transfer) -> None:
    suspend(move)
    for _ in range(2):
        move.now += timedelta(minutes=1)
        assert transfer.id in watching.concerned(move.session, move.now)
        watching.look(move.session, transfer, move.now)
    assert len(mails(move)) == 2
    held = find_account_suspension(move.session, move.employee, move.now)
    assert held is not None
    lift_account_suspension(
        move.session, move.now, suspension=held, officer_id=move.hmrc_officer, reason="Found again"
    )
    move.now += timedelta(minutes=1)
    watching.look(move.session, transfer, move.now)
    assert len(mails(move)) == 2
    suspend(move)
    assert len(mails(move)) == 4


def test_nobody_is_told_of_who_has_begun(move: Move, transfer: Transfer) -> None:
    move.now = JOINED
    suspend(move)
    assert mails(move) == []

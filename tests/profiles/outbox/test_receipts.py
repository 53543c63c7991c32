"""A receipt says what its message's columns mean at a moment."""

from datetime import timedelta

import pytest

from app.database import open_session, transaction
from profiles.outbox.delivery import GIVE_UP_AFTER, acknowledge, claim, fail
from profiles.outbox.receipts import ReceiptState, counts, list_for_app

LEASE = timedelta(seconds=60)
SOON = timedelta(seconds=1)
LATER = timedelta(minutes=6)


@pytest.fixture
def attempt(engine, app_ids):
    """One attempt at one message at a moment: acknowledged, or failed."""

    def attempt(at, *, acknowledged):
        with transaction(engine) as session:
            (message,) = claim(session, at, lane=app_ids[0], limit=1, lease=LEASE)
            if acknowledged:
                acknowledge(session, message.id, at)
            else:
                fail(session, message, at, "answered 503")

    return attempt


@pytest.fixture
def state(engine, app_ids):
    """The state of the app's only message, as the list and the counts both say."""

    def state(at):
        with open_session(engine, writes=False) as session:
            (receipt,) = list_for_app(session, at, app_ids[0], limit=10)
            assert counts(session, at, app_ids) == {app_ids[0]: {receipt.state: 1}}
            return receipt.state

    return state


def test_a_message_waits_at_first(tell, state, now):
    tell()
    assert state(now) is ReceiptState.WAITING


def test_a_message_that_was_tried_is_sent(tell, attempt, state, now):
    tell()
    attempt(now, acknowledged=False)
    assert state(now + SOON) is ReceiptState.SENT


@pytest.mark.parametrize("tried", [True, False])
def test_a_message_is_overdue_without_anybody_writing_it_down(tell, attempt, state, now, tried):
    tell()
    if tried:
        attempt(now, acknowledged=False)
    assert state(now + LATER) is ReceiptState.OVERDUE


def test_an_acknowledged_message_stays_so(tell, attempt, state, now):
    tell()
    attempt(now, acknowledged=True)
    assert state(now + LATER) is ReceiptState.ACKNOWLEDGED


def test_a_message_given_up_is_not_overdue(tell, attempt, state, now):
    tell()
    attempt(now + GIVE_UP_AFTER, acknowledged=False)
    assert state(now + GIVE_UP_AFTER) is ReceiptState.GIVEN_UP


def test_the_newest_receipt_comes_first(engine, tell, app_ids, now):
    ids = tell(3)
    with open_session(engine, writes=False) as session:
        receipts = list_for_app(session, now, app_ids[0], limit=2, offset=1)
    assert [receipt.id for receipt in receipts] == sorted(ids, reverse=True)[1:]

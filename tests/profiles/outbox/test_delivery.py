"""A message is delivered by one worker at a time, again when that one died, and not for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.database import open_session, transaction
from profiles.outbox.delivery import (
    BACKOFF,
    GIVE_UP_AFTER,
    acknowledge,
    claim,
    due_lanes,
    fail,
    give_back,
    try_again,
)
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.outbox.service import GOES_FIRST_BY, send_mail

LEASE = timedelta(seconds=60)


@pytest.fixture
def take(engine, app_ids):
    """Claims messages of the first app in a transaction of its own."""

    def take(at, *, limit=10):
        with transaction(engine) as session:
            return claim(session, at, lane=app_ids[0], limit=limit, lease=LEASE)

    return take


@pytest.fixture
def stored(engine):
    def stored(message_id):
        with open_session(engine, writes=False) as session:
            return session.get(OutboxMessage, message_id)

    return stored


def test_due_messages_are_claimed_up_to_the_limit(take, tell, now):
    ids = tell(3)
    assert sorted(message.id for message in take(now, limit=2)) == sorted(ids)[:2]


def test_what_nobody_has_planned_goes_before_what_many_are_told_at_once(take, tell, now):
    many, [one] = tell(3, goes_first=False), tell()
    assert [message.id for message in take(now, limit=1)] == [one]
    assert {message.id for message in take(now)} == set(many)


def test_of_messages_claimed_together_what_nobody_has_planned_comes_first(take, tell, now):
    many, [one] = tell(3, goes_first=False), tell()
    assert [message.id for message in take(now)] == [one, *sorted(many)]


def test_what_nobody_has_planned_stays_first_when_all_of_an_app_is_tried_again(
    engine, take, tell, app_ids, now
):
    failed, [one] = tell(3, goes_first=False), tell()
    with transaction(engine) as session:
        session.get(OutboxMessage, failed[0]).due_at = now + timedelta(hours=1)
        assert try_again(session, app_ids[0], now) == 4
    assert [message.id for message in take(now)] == [one, *sorted(failed)]


def test_a_claimed_message_is_not_claimed_again(take, tell, now):
    tell(1)
    assert [len(take(now)), len(take(now))] == [1, 0]


def test_claimers_at_once_never_get_the_same_message(take, tell, now):
    ids = tell(60)
    with ThreadPoolExecutor(4) as workers:
        claimed = list(workers.map(lambda _: take(now, limit=5), range(16)))
    got = [message.id for messages in claimed for message in messages]
    assert sorted(got) == sorted(ids)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_claimer_does_not_wait_for_another(engine, app_ids, tell, now):
    ids = tell(2)
    with transaction(engine) as first, transaction(engine) as second:
        one = claim(first, now, lane=app_ids[0], limit=1, lease=LEASE)
        other = claim(second, now, lane=app_ids[0], limit=1, lease=LEASE)
    assert sorted(message.id for message in [*one, *other]) == sorted(ids)


def test_a_message_is_claimed_again_when_its_worker_died(take, tell, now):
    (message_id,) = tell(1)
    take(now)
    assert take(now + LEASE - timedelta(microseconds=1)) == []
    assert [message.id for message in take(now + LEASE)] == [message_id]


def test_what_is_given_back_is_claimed_again_at_once_and_was_never_sent(engine, take, tell, stored, now):
    ids = tell(2)
    with transaction(engine) as session:
        give_back(session, take(now))
    assert {message.id for message in take(now)} == set(ids)
    assert {stored(each).sent_at for each in ids} == {None}


def test_what_another_claimed_meanwhile_is_not_given_back(engine, take, tell, now):
    tell(1)
    claimed = take(now)
    take(now + LEASE)
    with transaction(engine) as session:
        give_back(session, claimed)
    assert take(now + LEASE) == []


def test_an_acknowledged_message_is_done(engine, take, tell, stored, now):
    tell(1)
    (message,) = take(now)
    with transaction(engine) as session:
        acknowledge(session, message.id, now)
    assert take(now + LEASE) == []
    assert stored(message.id).acknowledged_at == stored(message.id).sent_at == now
    assert stored(message.id).payload == {"sid": "0"}


def test_a_delivered_payload_can_be_forgotten(engine, take, tell, stored, now):
    tell(1)
    (message,) = take(now)
    with transaction(engine) as session:
        acknowledge(session, message.id, now, forget_payload=True)
    assert stored(message.id).payload == {}


def test_a_failed_message_waits_longer_each_time(engine, take, tell, stored, now):
    tell(1)
    at, waited = now, []
    for _ in range(len(BACKOFF) + 1):
        (message,) = take(at)
        with transaction(engine) as session:
            fail(session, message, at, "answered 503")
        waited.append(stored(message.id).due_at - at)
        at = stored(message.id).due_at
    assert tuple(waited) == (*BACKOFF, BACKOFF[-1])
    assert stored(message.id).last_error == "answered 503"
    assert stored(message.id).attempts == len(BACKOFF) + 1


def test_a_message_is_given_up_after_three_days(engine, take, tell, stored, now):
    (message_id,) = tell(1)
    last = now + GIVE_UP_AFTER
    (message,) = take(last)
    with transaction(engine) as session:
        fail(session, message, last, "answered 503")
    assert stored(message_id).given_up_at == last
    assert take(last + timedelta(days=1)) == []


def test_a_worker_that_lost_its_lease_cannot_fail_the_message(engine, take, tell, stored, now):
    tell(1)
    (late,) = take(now)
    (message,) = take(now + LEASE)
    with transaction(engine) as session:
        fail(session, late, now + LEASE, "did not answer in time")
    assert stored(message.id).leased_until == message.leased_until
    assert stored(message.id).attempts == 0


def test_lanes_are_the_apps_with_due_messages(engine, tell, app_ids, now):
    tell(2, app=1)
    with transaction(engine) as session:
        send_mail(session, "a@example.gov.uk", "Hello", "Hello", now=now - timedelta(seconds=1))
    with open_session(engine, writes=False) as session:
        assert due_lanes(session, now) == [None, app_ids[1]]
        assert due_lanes(session, now - GOES_FIRST_BY - timedelta(seconds=2)) == []


def test_the_lane_without_an_app_holds_the_mail(engine, tell, now):
    tell(1)
    with transaction(engine) as session:
        send_mail(session, "a@example.gov.uk", "Hello", "Hello", now=now)
    with transaction(engine) as session:
        (mail,) = claim(session, now, lane=None, limit=9, lease=LEASE)
    assert mail.kind is MessageKind.MAIL

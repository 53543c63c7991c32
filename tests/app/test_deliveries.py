"""Messages are attempted in threads, each app in its own lane, and what became of them is recorded."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from app.database import open_session, transaction
from app.deliveries import TAKES_AT_MOST, THREADS_PER_LANE, Deliveries
from profiles.apps.models import App
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.outbox.service import enqueue, send_mail
from tests.factories.apps import make_app
from tests.factories.organisations import make_organisation

PATIENCE = 10.0


@pytest.fixture
def app_ids(engine, now):
    with transaction(engine) as session:
        organisation = make_organisation(session, now)
        return [make_app(session, now, organisation, name).id for name in ("Casework", "Rota")]


@pytest.fixture
def tell(engine, now):
    def tell(app_id, count=1):
        with transaction(engine) as session:
            return [
                enqueue(session, MessageKind.LOGOUT, {}, reason="test", now=now, app_id=app_id).id
                for _ in range(count)
            ]

    return tell


@pytest.fixture
def stored(engine):
    def stored(message_id):
        with open_session(engine, writes=False) as session:
            return session.get(OutboxMessage, message_id)

    return stored


@pytest.fixture
def deliveries(engine, now):
    """Makes deliveries that attempt with this function; closed when the test ends."""
    made = []

    def deliveries(deliver, *, forget_mail=False, clock=lambda: now):
        one = Deliveries(engine, deliver, clock, threading.Event(), forget_mail=forget_mail)
        made.append(one)
        return one

    yield deliveries
    for one in made:
        one.close()


def test_a_delivered_message_is_acknowledged(deliveries, tell, stored, app_ids, now):
    (message_id,) = tell(app_ids[0])
    one = deliveries(lambda message: "")
    assert one.start_due() == 1
    one.wait()
    assert stored(message_id).acknowledged_at == now
    assert one.start_due() == 0


def test_a_failed_message_is_due_again_later(deliveries, tell, stored, app_ids, now):
    (message_id,) = tell(app_ids[0])
    one = deliveries(lambda message: "answered 503")
    one.start_due()
    one.wait()
    assert stored(message_id).due_at == now + timedelta(seconds=1)
    assert stored(message_id).last_error == "answered 503"


def test_an_app_that_answers_again_is_told_at_once_what_it_missed(
    deliveries, tell, engine, stored, app_ids, now
):
    """Not after up to an hour; what was given up meanwhile is told too. Another app's messages wait."""
    back, waiting, given_up = tell(app_ids[0], 3)
    (elsewhere,) = tell(app_ids[1])
    later = now + timedelta(hours=1)
    with transaction(engine) as session:
        session.get(OutboxMessage, back).attempts = 3
        session.get(OutboxMessage, waiting).due_at = later
        session.get(OutboxMessage, given_up).given_up_at = now
        session.get(OutboxMessage, elsewhere).due_at = later
    one = deliveries(lambda message: "")
    while one.start_due():
        one.wait()
    assert all(stored(each).acknowledged_at == now for each in (back, waiting, given_up))
    assert stored(elsewhere).acknowledged_at is None


def test_the_answer_that_was_missing_lets_an_app_have_tokens_again(
    deliveries, tell, engine, stored, app_ids, now
):
    (message_id,) = tell(app_ids[0])
    with transaction(engine) as session:
        session.get(OutboxMessage, message_id).overdue_at = now
        session.get(App, app_ids[0]).tokens_stopped_at = now
    one = deliveries(lambda message: "")
    one.start_due()
    one.wait()
    with open_session(engine, writes=False) as session:
        assert session.get(App, app_ids[0]).tokens_stopped_at is None


def test_an_unexpected_error_is_a_failure_that_says_only_its_kind(deliveries, tell, stored, app_ids):
    def deliver(message):
        raise RuntimeError("priya.patel@example.gov.uk")

    (message_id,) = tell(app_ids[0])
    one = deliveries(deliver)
    one.start_due()
    one.wait()
    assert stored(message_id).last_error == "could not be tried (RuntimeError)"
    assert stored(message_id).acknowledged_at is None


def test_a_slow_app_delays_no_other(deliveries, tell, stored, app_ids):
    slow, quick = app_ids
    answered, quick_is_done = threading.Event(), threading.Event()

    def deliver(message):
        if message.app_id == slow:
            assert answered.wait(PATIENCE)
        else:
            quick_is_done.set()
        return ""

    tell(slow, 40)
    (quick_id,) = tell(quick)
    one = deliveries(deliver)
    one.start_due()
    assert quick_is_done.wait(PATIENCE)
    answered.set()
    one.wait()
    assert stored(quick_id).acknowledged_at is not None


def test_an_app_is_never_called_more_often_at_once_than_its_lane_allows(deliveries, tell, app_ids):
    lock, at_once, most = threading.Lock(), Counter(), []
    lane_is_full = threading.Barrier(THREADS_PER_LANE)

    def deliver(message):
        with lock:
            at_once[message.app_id] += 1
            most.append(at_once[message.app_id])
        lane_is_full.wait(PATIENCE)
        with lock:
            at_once[message.app_id] -= 1
        return ""

    tell(app_ids[0], 3 * THREADS_PER_LANE)
    one = deliveries(deliver)
    while one.start_due():
        one.wait()
    assert len(most) == 3 * THREADS_PER_LANE
    assert max(most) == THREADS_PER_LANE


def test_what_a_slow_app_has_no_time_for_is_given_back_untried(deliveries, tell, stored, app_ids, now):
    """So that what goes first is next, and waits for one attempt at most."""
    moment = [now]

    def deliver(message):
        moment[0] += TAKES_AT_MOST
        return "no answer"

    ids = tell(app_ids[0], 3 * THREADS_PER_LANE)
    one = deliveries(deliver, clock=lambda: moment[0])
    one.start_due()
    one.wait()
    tried = [stored(each).attempts for each in ids]
    assert 0 < sum(tried) <= THREADS_PER_LANE
    assert {stored(each).leased_until for each in ids} == {None}


def test_one_whose_outcome_cannot_be_kept_does_not_hold_up_the_others(deliveries, tell, stored, app_ids, now):
    """PostgreSQL has no text for it; the lease of that one runs out."""
    ids = tell(app_ids[0], 3 * THREADS_PER_LANE)
    one = deliveries(lambda message: "a text\0" if message.id == ids[2] else "")
    one.start_due()
    one.wait()
    assert all(stored(each).acknowledged_at == now for each in ids if each != ids[2])
    assert stored(ids[2]).acknowledged_at is None


def test_what_was_not_tried_is_given_back_though_an_outcome_cannot_be_kept(
    deliveries, tell, stored, app_ids, now
):
    moment = [now]

    def deliver(message):
        moment[0] += TAKES_AT_MOST
        return "a text\0"

    ids = tell(app_ids[0], 3 * THREADS_PER_LANE)
    one = deliveries(deliver, clock=lambda: moment[0])
    one.start_due()
    one.wait()
    leased = [each for each in ids if stored(each).leased_until is not None]
    assert len(leased) <= THREADS_PER_LANE


def test_several_messages_to_a_quick_app_are_written_of_together(deliveries, stored, tell, app_ids):
    before, already = threading.local(), []

    def deliver(message):
        if last := getattr(before, "message_id", None):
            already.append(stored(last).acknowledged_at)
        before.message_id = message.id
        return ""

    ids = tell(app_ids[0], 4 * THREADS_PER_LANE)
    one = deliveries(deliver)
    one.start_due()
    one.wait()
    assert already
    assert set(already) == {None}
    assert all(stored(each).acknowledged_at for each in ids)


def test_two_workers_deliver_each_message_once(deliveries, tell, app_ids):
    delivered = Counter()
    lock = threading.Lock()

    def deliver(message):
        with lock:
            delivered[message.id] += 1
        return ""

    ids = tell(app_ids[0], 12) + tell(app_ids[1], 12)

    def work(one):
        while one.start_due():
            one.wait()

    threads = [threading.Thread(target=work, args=(deliveries(deliver),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One may have seen nothing due while the other still held the rest.
    work(deliveries(deliver))
    assert delivered == Counter(ids)


@pytest.mark.parametrize(("forget", "kept"), [(True, {}), (False, {"to", "subject", "body"})])
def test_the_text_of_a_sent_mail_is_kept_only_in_development(deliveries, engine, stored, now, forget, kept):
    with transaction(engine) as session:
        message_id = send_mail(session, "a@example.gov.uk", "Hello", "Text", now=now).id
    one = deliveries(lambda message: "", forget_mail=forget)
    one.start_due()
    one.wait()
    assert set(stored(message_id).payload) == set(kept)

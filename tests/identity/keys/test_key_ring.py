"""The keys as one process holds them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event

from identity.keys.errors import NoActiveKey
from identity.keys.key_ring import KeyRing
from identity.keys.rotation import create_initial_keys, rotate
from identity.keys.service import open_signer

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def opened():
    """The kids that the ring decrypted, in order."""
    return []


@pytest.fixture
def ring(encryption, opened):
    def opener(key):
        opened.append(key.kid)
        return open_signer(key, encryption)

    return KeyRing(opener, check_every=5 * SECOND)


@pytest.fixture
def first(session, encryption, now):
    [key] = [key for key in create_initial_keys(session, encryption, now) if key.algorithm == "ES256"]
    return key


@pytest.fixture
def statements(session):
    seen = []
    engine = session.get_bind()

    def note(conn, cursor, statement, *rest):
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_it_signs_with_the_key_in_use(session, ring, first, now):
    assert ring.signer(session, "ES256", now).kid == first.kid


def test_without_a_key_it_says_so(session, ring, now):
    with pytest.raises(NoActiveKey):
        ring.signer(session, "ES256", now)


def test_local_keys_need_only_the_encryption(session, encryption, first, now):
    assert KeyRing.of_local_keys(encryption).signer(session, "ES256", now).kid == first.kid


def test_between_checks_it_asks_the_database_nothing(session, ring, first, now, statements):
    ring.signer(session, "ES256", now)
    statements.clear()
    ring.signer(session, "ES256", now + 4 * SECOND)
    assert statements == []


def test_an_unchanged_table_costs_one_statement_a_check(session, ring, first, now, statements):
    ring.signer(session, "ES256", now)
    statements.clear()
    ring.signer(session, "ES256", now + 5 * SECOND)
    assert len(statements) == 1


def test_a_private_key_is_decrypted_once(session, ring, encryption, first, now, opened):
    ring.signer(session, "ES256", now)
    rotate(session, encryption, now, "ES256")
    ring.signer(session, "ES256", now + 5 * SECOND)
    assert opened.count(first.kid) == 1


def test_a_rotation_is_seen_at_the_next_check(session, ring, encryption, first, now):
    ring.signer(session, "ES256", now)
    [second] = rotate(session, encryption, now, "ES256", publish_ahead=timedelta(0))
    kids = [ring.signer(session, "ES256", now + seconds * SECOND).kid for seconds in (4, 5)]
    assert kids == [first.kid, second.kid]


def test_a_first_key_is_seen_at_the_next_check(session, ring, encryption, now):
    with pytest.raises(NoActiveKey):
        ring.signer(session, "ES256", now)
    create_initial_keys(session, encryption, now)
    assert ring.signer(session, "ES256", now + 5 * SECOND).algorithm == "ES256"


def test_the_successor_takes_over_at_its_instant_without_a_check(session, ring, encryption, first, now):
    [second] = rotate(session, encryption, now, "ES256", publish_ahead=2 * SECOND)
    ring.signer(session, "ES256", now)
    assert ring.signer(session, "ES256", now + 2 * SECOND).kid == second.kid


def test_it_publishes_the_waiting_the_active_and_the_retired(session, ring, encryption, first, now):
    rotate(session, encryption, now, "ES256", publish_ahead=timedelta(0))
    rotate(session, encryption, now + DAY, "ES256")
    jwks = ring.public_jwks(session, now + DAY)
    assert [jwk["alg"] for jwk in jwks].count("ES256") == 3


def test_it_stops_publishing_a_key_that_expired(session, ring, encryption, first, now):
    rotate(session, encryption, now, "ES256", publish_ahead=timedelta(0))
    assert first.kid in ring.public_keys(session, now + 30 * DAY - SECOND)
    assert first.kid not in ring.public_keys(session, now + 30 * DAY)


def test_a_key_retired_before_this_process_began_is_never_decrypted(
    session, ring, encryption, first, now, opened
):
    rotate(session, encryption, now, "ES256", publish_ahead=timedelta(0))
    ring.signer(session, "ES256", now)
    assert first.kid not in opened


def test_its_public_keys_verify_what_its_signer_signs(session, ring, first, now):
    signer = ring.signer(session, "RS256", now)
    assert ring.public_keys(session, now)[signer.kid].verify(b"x", signer.sign(b"x"))


def test_many_threads_get_the_same_signer(session, ring, first, now):
    ring.signer(session, "ES256", now)
    with ThreadPoolExecutor(8) as threads:
        signers = set(threads.map(lambda _: ring.signer(session, "ES256", now), range(64)))
    assert len(signers) == 1


def test_while_one_thread_reads_again_the_others_go_on(session, encryption, first, now):
    later = now + 10 * SECOND
    meanwhile = []

    def opener(key):
        if reading_again and key.algorithm == "ES256":
            meanwhile.append(other.submit(ring.signer, session, "ES256", later).result(timeout=2).kid)
        return open_signer(key, encryption)

    ring = KeyRing(opener)
    reading_again = False
    ring.signer(session, "ES256", now)
    reading_again = True
    rotate(session, encryption, now, "ES256", publish_ahead=timedelta(0))
    with ThreadPoolExecutor(1) as other:  # around the reading: a ring that waits fails here, it does not hang
        ring.signer(session, "ES256", later)
    assert meanwhile == [first.kid]

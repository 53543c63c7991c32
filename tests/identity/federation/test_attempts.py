"""Sign-ins under way at departments' providers."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from identity.federation import attempts
from identity.federation.attempts import GOOD_FOR, MOST_OF_A_NETWORK, Purpose
from identity.federation.errors import AttemptOver, TooManyAttempts
from identity.federation.models import AttemptPurpose, UpstreamAttempt
from identity.sign_in.throttling import source_key
from tests.factories.organisations import make_organisation
from tests.factories.upstreams import make_provider

SIGN_IN = Purpose(AttemptPurpose.SIGN_IN, "/profile")
BROWSER = "this browser"
NETWORK = "192.0.2.1"


@pytest.fixture
def provider_id(session: Session, now: datetime) -> UUID:
    return make_provider(session, now, make_organisation(session, now).id).id


@pytest.fixture
def state(session: Session, now: datetime, provider_id: UUID) -> str:
    return attempts.begin(session, provider_id, SIGN_IN, BROWSER, NETWORK, now)


def test_an_attempt_is_finished_by_its_browser(
    session: Session, now: datetime, provider_id: UUID, state: str
) -> None:
    assert attempts.finish(session, provider_id, state, BROWSER, now) == SIGN_IN


def test_an_attempt_is_finished_once(session: Session, now: datetime, provider_id: UUID, state: str) -> None:
    attempts.finish(session, provider_id, state, BROWSER, now)
    with pytest.raises(AttemptOver):
        attempts.finish(session, provider_id, state, BROWSER, now)


def test_another_browser_does_not_finish_it(
    session: Session, now: datetime, provider_id: UUID, state: str
) -> None:
    """Otherwise somebody could be signed in to an account that is not theirs (RFC 9700 §4.7)."""
    with pytest.raises(AttemptOver):
        attempts.finish(session, provider_id, state, "another browser", now)
    assert attempts.finish(session, provider_id, state, BROWSER, now) == SIGN_IN


def test_another_provider_does_not_finish_it(session: Session, now: datetime, state: str) -> None:
    with pytest.raises(AttemptOver):
        attempts.finish(session, uuid4(), state, BROWSER, now)


def test_an_unknown_state_finishes_nothing(session: Session, now: datetime, provider_id: UUID) -> None:
    with pytest.raises(AttemptOver):
        attempts.finish(session, provider_id, "", BROWSER, now)


def test_an_attempt_is_good_for_so_long(
    session: Session, now: datetime, provider_id: UUID, state: str
) -> None:
    with pytest.raises(AttemptOver):
        attempts.finish(session, provider_id, state, BROWSER, now + GOOD_FOR)


def test_what_expired_is_forgotten(session: Session, now: datetime, state: str) -> None:
    attempts.forget_expired(session, now + GOOD_FOR - timedelta(seconds=1))
    assert session.exec(select(UpstreamAttempt)).all()
    attempts.forget_expired(session, now + GOOD_FOR)
    assert not session.exec(select(UpstreamAttempt)).all()


def test_so_many_at_a_time_are_forgotten(session: Session, now: datetime, provider_id: UUID) -> None:
    for _number in range(3):
        attempts.begin(session, provider_id, SIGN_IN, BROWSER, NETWORK, now)
    assert attempts.forget_expired(session, now + GOOD_FOR, limit=2)
    assert not attempts.forget_expired(session, now + GOOD_FOR, limit=2)


def fill(session: Session, provider_id: UUID, network: str, now: datetime) -> None:
    """As many attempts of a network as may be under way."""
    for number in range(MOST_OF_A_NETWORK):
        session.add(
            UpstreamAttempt(
                state_hash=f"state {number}",
                provider_id=provider_id,
                browser_hash="",
                source_hash=source_key(network),
                purpose=AttemptPurpose.SIGN_IN,
                next_path="/",
                created_at=now,
                expires_at=now + GOOD_FOR,
            )
        )
    session.flush()


def test_a_network_that_finishes_nothing_cannot_begin_without_end(
    session: Session, now: datetime, provider_id: UUID, state: str
) -> None:
    fill(session, provider_id, "2001:db8::1", now)
    with pytest.raises(TooManyAttempts) as refused:
        attempts.begin(session, provider_id, SIGN_IN, BROWSER, "2001:db8::2", now)
    assert refused.value.until == now + GOOD_FOR
    attempts.begin(session, provider_id, SIGN_IN, BROWSER, NETWORK, now)
    attempts.begin(session, provider_id, SIGN_IN, BROWSER, "2001:db8::2", now + GOOD_FOR)


def test_an_attempt_that_came_to_its_end_does_not_count(
    session: Session, now: datetime, provider_id: UUID, state: str
) -> None:
    attempts.forget_proven(session, state)
    assert not session.exec(select(UpstreamAttempt)).all()
    with pytest.raises(AttemptOver):
        attempts.finish(session, provider_id, state, BROWSER, now)


def test_neither_the_state_nor_the_browser_nor_its_address_is_kept(session: Session, state: str) -> None:
    kept = session.exec(select(UpstreamAttempt)).one()
    for one in (state, BROWSER, NETWORK):
        assert one not in str(kept.model_dump())


def test_the_proofs_are_the_states_own_and_secret() -> None:
    first, second = attempts.proofs("state-1", "secret"), attempts.proofs("state-2", "secret")
    elsewhere = attempts.proofs("state-1", "another secret")
    values = {first.nonce, first.code_verifier, second.nonce, second.code_verifier}
    assert len(values | {elsewhere.nonce, elsewhere.code_verifier}) == 6
    assert first == attempts.proofs("state-1", "secret")


def test_the_verifier_is_as_long_as_it_must_be() -> None:
    """RFC 7636 §4.1."""
    assert 43 <= len(attempts.proofs("state-1", "secret").code_verifier) <= 128

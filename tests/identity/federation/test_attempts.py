"""Sign-ins under way at departments' providers."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from identity.federation import attempts
from identity.federation.attempts import GOOD_FOR, Purpose
from identity.federation.errors import AttemptOver
from identity.federation.models import AttemptPurpose, UpstreamAttempt
from tests.factories.organisations import make_organisation
from tests.factories.upstreams import make_provider

SIGN_IN = Purpose(AttemptPurpose.SIGN_IN, "/profile")
BROWSER = "this browser"


@pytest.fixture
def provider_id(session: Session, now: datetime) -> UUID:
    return make_provider(session, now, make_organisation(session, now).id).id


@pytest.fixture
def state(session: Session, now: datetime, provider_id: UUID) -> str:
    return attempts.begin(session, provider_id, SIGN_IN, BROWSER, now)


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


def test_neither_the_state_nor_the_browser_is_kept(session: Session, state: str) -> None:
    kept = session.exec(select(UpstreamAttempt)).one()
    assert state not in str(kept.model_dump())
    assert BROWSER not in str(kept.model_dump())


def test_the_proofs_are_the_states_own_and_secret() -> None:
    first, second = attempts.proofs("state-1", "secret"), attempts.proofs("state-2", "secret")
    elsewhere = attempts.proofs("state-1", "another secret")
    values = {first.nonce, first.code_verifier, second.nonce, second.code_verifier}
    assert len(values | {elsewhere.nonce, elsewhere.code_verifier}) == 6
    assert first == attempts.proofs("state-1", "secret")


def test_the_verifier_is_as_long_as_it_must_be() -> None:
    """RFC 7636 §4.1."""
    assert 43 <= len(attempts.proofs("state-1", "secret").code_verifier) <= 128

"""A proof counts once (RFC 9449 §11.1)."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from identity.dpop.models import SpentProof
from identity.dpop.proofs import Proof
from identity.dpop.spent_proofs import forget_expired, spend


def a_proof(now: datetime, jkt: str = "key", jti: str = "jti") -> Proof:
    return Proof(jkt, jti, None, now + timedelta(seconds=12))


def test_it_is_spent_once(session: Session, now: datetime) -> None:
    assert spend(session, a_proof(now))
    assert not spend(session, a_proof(now))


def test_another_key_may_choose_the_same_jti(session: Session, now: datetime) -> None:
    """Nobody uses up the jti of somebody else."""
    assert spend(session, a_proof(now, "one"))
    assert spend(session, a_proof(now, "other"))


def test_any_text_is_a_jti(session: Session, now: datetime) -> None:
    for jti in ("\x00", "\ud800", "\u00fc" * 3000):
        assert spend(session, a_proof(now, jti=jti))


def test_it_is_forgotten_when_it_is_too_old_and_not_before(session: Session, now: datetime) -> None:
    """Another machine, whose clock is behind, may still take it."""
    one = a_proof(now)
    spend(session, one)
    for later, left in ((timedelta(seconds=59), 1), (timedelta(seconds=60), 0)):
        forget_expired(session, one.expires_at + later)
        assert len(session.exec(select(SpentProof)).all()) == left

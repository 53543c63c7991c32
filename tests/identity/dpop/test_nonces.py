"""Nonces that nobody keeps (RFC 9449 §8)."""

from datetime import datetime, timedelta

import pytest

from identity.dpop.nonces import Nonces

NONCES = Nonces([b"k" * 32])


def test_every_process_with_the_same_key_knows_it(now: datetime) -> None:
    assert Nonces([b"k" * 32]).accepts(NONCES.current(now), now)


def test_nobody_without_the_key_can_make_one(now: datetime) -> None:
    """RFC 9449 §11.3."""
    assert not NONCES.accepts(Nonces([b"x" * 32]).current(now), now)


def test_it_is_known_while_the_key_is_replaced(now: datetime) -> None:
    """The first key makes them; processes that were not started again yet still have the old one first."""
    old, both = NONCES, Nonces([b"n" * 32, b"k" * 32])
    assert both.accepts(old.current(now), now)
    assert both.current(now) == Nonces([b"n" * 32]).current(now)


@pytest.mark.parametrize(
    ("seconds", "good"), [(-59, True), (0, True), (120, True), (179, True), (180, False)]
)
def test_it_is_good_for_minutes(now: datetime, seconds: int, good: bool) -> None:
    """RFC 9449 §8: it keeps proofs from being made ahead. Another process's clock may be ahead of ours."""
    assert now.second == 0
    nonce = NONCES.current(now)
    assert NONCES.accepts(nonce, now + timedelta(seconds=seconds)) is good


def test_it_changes(now: datetime) -> None:
    assert NONCES.current(now) != NONCES.current(now + timedelta(minutes=1))
    assert len(NONCES.current(now)) == 22


@pytest.mark.parametrize("nonce", ["", "x", "\u00fc", "\ud800", "\x00", "A" * 5000])
def test_anything_else_is_none(now: datetime, nonce: str) -> None:
    assert not NONCES.accepts(nonce, now)

"""How few threads of a process a slow department, or whoever makes us ask it, can hold."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import Any

import pytest

from identity.federation.errors import UpstreamBusy, UpstreamUnavailable
from identity.federation.gate import SmallGate
from identity.federation.openid.metadata import UpstreamDirectory
from tests.factories.upstreams import ISSUER

DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


class Slow:
    """A department that answers once it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.arrived, self.let = threading.Event(), threading.Event()

    def __call__(self, _uri: str) -> Any:
        self.asked += 1
        self.arrived.set()
        assert self.let.wait(10)
        return DOCUMENT


def test_of_those_who_need_the_same_configuration_one_fetches_it(now: datetime) -> None:
    slow = Slow()
    directory = UpstreamDirectory(slow, patience=10)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(directory.find, ISSUER, now)
        assert slow.arrived.wait(10)
        others = [pool.submit(directory.find, ISSUER, now) for _ in range(3)]
        wait(others, 0.2)
        slow.let.set()
        assert {one.result(10).issuer for one in (first, *others)} == {ISSUER}
    assert slow.asked == 1


def test_nobody_waits_longer_than_their_patience_for_what_another_fetches(now: datetime) -> None:
    slow = Slow()
    directory = UpstreamDirectory(slow, patience=0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(directory.find, ISSUER, now)
        assert slow.arrived.wait(10)
        with pytest.raises(UpstreamUnavailable, match="slow"):
            directory.find(ISSUER, now)
        slow.let.set()
        first.result(10)
    assert directory.find(ISSUER, now).issuer == ISSUER


def test_an_error_that_nobody_foresaw_keeps_nobody_waiting(now: datetime) -> None:
    def fail(_uri: str) -> Any:
        raise RuntimeError("not one of the errors that are foreseen")

    directory = UpstreamDirectory(fail)
    with pytest.raises(RuntimeError):
        directory.find(ISSUER, now)
    with pytest.raises(UpstreamUnavailable, match="a moment ago"):
        directory.find(ISSUER, now)


def test_at_the_small_gate_one_waits_and_the_rest_go_away_at_once() -> None:
    gate = SmallGate(waiting=1, seconds=10)

    def pass_through() -> None:
        with gate.passing():
            pass

    with ThreadPoolExecutor(3) as pool:
        with gate.passing():
            calls = [pool.submit(pass_through) for _ in range(3)]
            refused = list(islice(as_completed(calls, 5), 2))
            assert all(isinstance(one.exception(), UpstreamUnavailable) for one in refused)
        (waited,) = set(calls) - set(refused)
        waited.result(10)


def test_when_one_has_waited_in_vain_nobody_waits_until_somebody_is_through() -> None:
    """Else whoever keeps asking for a slow department would hold one thread after the other."""
    gate = SmallGate(places=2, waiting=1, seconds=0.5)

    def seconds_before_going_away() -> float:
        began = monotonic()
        with pytest.raises(UpstreamBusy), gate.passing():
            pass
        return monotonic() - began

    with gate.passing():
        with gate.passing():
            assert seconds_before_going_away() >= 0.5
            assert seconds_before_going_away() < 0.5
        with gate.passing():
            assert seconds_before_going_away() >= 0.5

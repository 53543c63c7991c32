"""Turns to hash a password: a storm of passwords leaves a process's threads and memory to the rest.

A hash takes a tenth of a second of a core, and the memory of its cost, by design. Few hash at once; few more
wait for a moment, each of whom holds a thread; everybody else is told at once that it is busy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from flask import Flask, current_app

from identity.errors import IdentityError

EXTENSION = "hashing_turns"
AT_ONCE = 2
"""So many hash in one process: their memory is at most so many times that of one hash."""
WAIT_SECONDS = 2.0
RETRY_SECONDS = 5
"""How long somebody is asked to wait who was turned away."""


class HashingBusy(IdentityError):
    """Too many passwords are being looked at; nothing was looked at, counted or written."""


class HashingTurns:
    """The turns of one process. A quarter of its threads, at least one of several, neither hash nor wait."""

    def __init__(self, threads: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._places = BoundedSemaphore(max(1, threads * 3 // 4))
        self._hashing = BoundedSemaphore(max(1, min(AT_ONCE, threads // 2)))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Take a turn, after a wait perhaps. Raises HashingBusy."""
        if not self._places.acquire(blocking=False):
            raise HashingBusy("as many wait as may")
        try:
            if not self._hashing.acquire(timeout=self._wait_seconds):
                raise HashingBusy("no turn came")
            try:
                yield
            finally:
                self._hashing.release()
        finally:
            self._places.release()


def install(app: Flask, turns: HashingTurns) -> None:
    """Make these the turns of the app's process."""
    app.extensions[EXTENSION] = turns


def current_turns() -> HashingTurns:
    """Those of the app that answers this request."""
    turns: HashingTurns = current_app.extensions[EXTENSION]
    return turns

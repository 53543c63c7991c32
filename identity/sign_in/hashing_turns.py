"""Turns to hash a password: a storm of passwords leaves a process's threads and memory to the rest.

A hash takes a tenth of a second of a core, and the memory of its cost, by design. Few hash at once; few more
wait for a moment, each of whom holds a thread; everybody else is told at once that it is busy. Threads of
their own hash, which let the others go first where a core is not enough for all.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore

from flask import Flask, current_app

from identity.errors import IdentityError
from identity.niceness import give_way
from identity.sign_in.passwords import PasswordHashing
from identity.turn import out_of_turn, wait_for

EXTENSION = "hashing_turns"
AT_ONCE = 2
"""So many hash in one process: their memory is at most so many times that of one hash."""
WAIT_SECONDS = 2.0
NICENESS = 5
"""Of a thread that hashes: it gets a third of what any other gets. With less, passwords would never end."""
RETRY_SECONDS = 5
"""How long somebody is asked to wait who was turned away."""


class HashingBusy(IdentityError):
    """Too many passwords are being looked at; nothing was looked at, counted or written."""


@dataclass(frozen=True)
class TurnToHash:
    """``PasswordHashing`` for as long as the turn lasts, done by threads that give way."""

    _hashing: PasswordHashing
    _threads: Executor

    def hash(self, password: str) -> str:
        """As ``PasswordHashing.hash``."""
        return out_of_turn(self._threads.submit(self._hashing.hash, password).result)()

    def verify(self, password_hash: str | None, password: str) -> bool:
        """As ``PasswordHashing.verify``."""
        return out_of_turn(self._threads.submit(self._hashing.verify, password_hash, password).result)()

    def is_outdated(self, password_hash: str) -> bool:
        """As ``PasswordHashing.is_outdated``."""
        return self._hashing.is_outdated(password_hash)


class HashingTurns:
    """The turns of one process. A quarter of its threads, at least one of several, neither hash nor wait."""

    def __init__(self, threads: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._places = BoundedSemaphore(max(1, threads * 3 // 4))
        self._hashing = BoundedSemaphore(max(1, min(AT_ONCE, threads // 2)))
        self._threads = ThreadPoolExecutor(AT_ONCE, "hashing", give_way, (NICENESS,))

    @contextmanager
    def turn(self, hashing: PasswordHashing) -> Iterator[TurnToHash]:
        """Take a turn, after a wait perhaps. Raises HashingBusy."""
        if not self._places.acquire(blocking=False):
            raise HashingBusy("as many wait as may")
        try:
            if not wait_for(self._hashing, self._wait_seconds):
                raise HashingBusy("no turn came")
            try:
                yield TurnToHash(hashing, self._threads)
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

"""Threads take turns at requests that only compute and ask SQLite, where that is quicker (ADR 26).

Python runs one thread at a time. SQLite lets the others go ahead at each call, a dozen times a request, and
each time threads are woken, switched and made to wait again. Whoever has the turn goes on undisturbed, until
it waits long for something that takes no processor time: somebody else's lock, another server.

It is a courtesy, and nothing hangs on it: whoever waits too long goes ahead without.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import TypeVar

PATIENCE_SECONDS = 0.1
Got = TypeVar("Got")


class Turn:
    """The turn of one process."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds
        self._lock = Lock()
        self._holder: int | None = None

    @property
    def is_mine(self) -> bool:
        """Whether this thread has it."""
        return self._holder == get_ident()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn and keep it, unless this thread has it already."""
        if self.is_mine:
            yield
            return
        self._take()
        try:
            yield
        finally:
            self._let_go()

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Let others go ahead while this thread waits for something; nothing, if it has no turn."""
        had_it = self._let_go()
        try:
            yield
        finally:
            if had_it:
                self._take()

    def _take(self) -> None:
        if self._lock.acquire(timeout=self._patience):
            self._holder = get_ident()

    def _let_go(self) -> bool:
        if not self.is_mine:
            return False
        self._holder = None
        self._lock.release()
        return True


TURN = Turn()


def out_of_turn(fetch: Callable[[str], Got]) -> Callable[[str], Got]:
    """A function that asks another server, meanwhile somebody else has the turn."""

    def fetch_meanwhile(address: str) -> Got:
        with TURN.given_up():
            return fetch(address)

    return fetch_meanwhile

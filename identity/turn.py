"""Threads take turns at requests that compute and ask SQLite, where that is quicker (ADR 26).

Python runs one thread at a time. SQLite lets the others go ahead at each call, a dozen times a request, and
each time threads are woken, switched and made to wait again. Whoever has the turn goes on undisturbed, until
it waits long for something that takes no processor time: somebody else's lock, another server.

It is a courtesy, and nothing hangs on it: whoever waits too long goes ahead without.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore, get_ident
from typing import ParamSpec, TypeVar

PATIENCE_SECONDS = 0.1
Asked = ParamSpec("Asked")
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


def out_of_turn(ask: Callable[Asked, Got]) -> Callable[Asked, Got]:
    """A function that asks another server or another thread; meanwhile somebody else has the turn."""

    def ask_meanwhile(*arguments: Asked.args, **options: Asked.kwargs) -> Got:
        with TURN.given_up():
            return ask(*arguments, **options)

    return ask_meanwhile


def wait_for(place: Semaphore, seconds: float) -> bool:
    """Take a place, within so many seconds; who finds none free at once has no turn while they wait."""
    if place.acquire(blocking=False):
        return True
    with TURN.given_up():
        return place.acquire(timeout=seconds)

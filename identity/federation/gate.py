"""How many of a process's threads may ask departments' providers at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from identity.federation.errors import UpstreamUnavailable


class SmallGate:
    """Lets one in. Of those who come meanwhile so many wait, for some seconds, and the rest go away at once.

    So what strangers send without end holds few threads, and never those of other gates.
    """

    def __init__(self, *, waiting: int, seconds: float) -> None:
        self._free = BoundedSemaphore()
        self._waiting = BoundedSemaphore(waiting)
        self._seconds = seconds

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Hold the gate. Raises UpstreamUnavailable."""
        if not (self._free.acquire(blocking=False) or self._wait()):
            raise UpstreamUnavailable("another logout token is being looked into just now", None)
        try:
            yield
        finally:
            self._free.release()

    def _wait(self) -> bool:
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._free.acquire(timeout=self._seconds)
        finally:
            self._waiting.release()

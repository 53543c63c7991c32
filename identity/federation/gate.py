"""How many of a process's threads may ask departments' providers at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from identity.federation.errors import UpstreamBusy
from identity.turn import wait_for


class SmallGate:
    """Lets so many in. Of those who come meanwhile so many wait, for some seconds; the rest go away at once.

    So what strangers send without end, or a slow department, holds few threads, and never those of other
    gates. When one has waited in vain, those who are in are slow: nobody waits then until one of them is out.
    """

    def __init__(self, *, places: int = 1, waiting: int, seconds: float) -> None:
        self._free = BoundedSemaphore(places)
        self._waiting = BoundedSemaphore(waiting)
        self._seconds = seconds
        self._in_vain = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Hold the gate. Raises UpstreamBusy."""
        if not (self._free.acquire(blocking=False) or self._wait()):
            raise UpstreamBusy
        try:
            yield
        finally:
            self._in_vain = False
            self._free.release()

    def _wait(self) -> bool:
        if self._in_vain or not self._waiting.acquire(blocking=False):
            return False
        try:
            came_in = wait_for(self._free, self._seconds)
            self._in_vain = not came_in
            return came_in
        finally:
            self._waiting.release()

"""Long jobs of the worker: one at a time of each kind, in a thread beside everything else that it does."""

from abc import ABC, abstractmethod
from threading import Thread
from typing import ClassVar
from uuid import UUID

from identity.niceness import give_way

NICENESS = 15
"""How much the processor prefers everybody else to such a thread, where threads have a priority (Linux)."""


class JobThread(ABC):
    """Goes on with the jobs of one kind, which is also the name of its thread."""

    kind: ClassVar[str]
    _thread: Thread | None = None

    def start_due(self) -> bool:
        """Begin with the oldest job that waits for us, unless one is under way; whether one was begun."""
        if self._thread is not None and self._thread.is_alive():
            return False
        job_id = self._claim()
        if job_id is None:
            return False
        # A daemon: what it has not committed when the process ends is done by the next one.
        self._thread = Thread(target=self._work_behind_others, args=(job_id,), name=self.kind, daemon=True)
        self._thread.start()
        return True

    def everything(self) -> None:
        """Do all that is due, to the end."""
        while self.start_due():
            if self._thread is not None:
                self._thread.join()

    def _work_behind_others(self, job_id: UUID) -> None:
        """Whoever signs in does not wait for a turn of the processor because of such a job."""
        give_way(NICENESS)
        self._work(job_id)

    @abstractmethod
    def _claim(self) -> UUID | None:
        """Take the oldest job that waits, so that no other worker does; None where there is none."""

    @abstractmethod
    def _work(self, job_id: UUID, /) -> None:
        """Go on with it as far as it goes without anybody."""

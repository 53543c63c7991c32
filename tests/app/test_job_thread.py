"""A long job of the worker goes on behind everybody else."""

import os
import sys
from threading import get_native_id
from uuid import UUID, uuid4

import pytest

from app.job_thread import NICENESS, JobThread


class OneJob(JobThread):
    """Notes the priority that it works with."""

    kind = "test"
    priority: int | None = None

    def _claim(self) -> UUID | None:
        return uuid4() if self.priority is None else None

    def _work(self, job_id: UUID) -> None:
        self.priority = os.getpriority(os.PRIO_PROCESS, get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
def test_the_processor_prefers_everybody_else() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    job = OneJob()
    job.everything()
    assert job.priority == max(before, NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before

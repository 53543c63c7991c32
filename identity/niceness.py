"""Threads that let the others go first on the processor, where that may be: on Linux (sched(7))."""

import os
import sys
from contextlib import suppress
from threading import get_native_id


def give_way(niceness: int) -> None:
    """Let every thread that is less nice go first from now on; this one never becomes less nice."""
    if sys.platform == "linux":
        thread = get_native_id()
        with suppress(OSError):
            if os.getpriority(os.PRIO_PROCESS, thread) < niceness:
                os.setpriority(os.PRIO_PROCESS, thread, niceness)

"""The processor time that a program and all that it started have used so far (Linux: ``/proc``)."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PROC = Path("/proc")


def is_known() -> bool:
    """Whether this system tells."""
    return (_PROC / "self" / "stat").exists()


def seconds_of(process: int) -> float:
    """Seconds of user and system time of a process and its descendants that live."""
    return sum(_seconds(one) for one in tree(process))


def tree(process: int) -> Iterator[int]:
    """A process and all of its descendants."""
    yield process
    for thread in (_PROC / str(process) / "task").iterdir():
        with suppress(FileNotFoundError):  # the thread has ended since
            for child in (thread / "children").read_text().split():
                yield from tree(int(child))


def _seconds(process: int) -> float:
    """Fields 14 and 15 of proc(5), counted after the name, which may hold anything."""
    fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS

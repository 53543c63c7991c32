"""Waiting until another process, or its like, waits for whoever writes to SQLite's file."""

import fcntl
import os
from pathlib import Path
from time import monotonic

from app.writers import SUFFIX

_LONG = 30.0


def wait_until_somebody_is_next(file: Path) -> None:
    """Whoever is next holds the lock of the line's file. Raises AssertionError after half a minute."""
    place, until = os.open(f"{file}{SUFFIX}", os.O_RDONLY), monotonic() + _LONG
    try:
        while monotonic() < until:
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            fcntl.flock(place, fcntl.LOCK_UN)
            os.sched_yield()
    finally:
        os.close(place)
    raise AssertionError("nobody is in line")

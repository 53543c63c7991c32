"""Where those wait who are about to write to SQLite's file: in a line, and for no longer than it is taken.

SQLite lets a writer sleep for longer and longer, up to a tenth of a second, and whoever comes along meanwhile
goes first. So the threads of a process wait for each other at a lock, and of each process one at most meets
those of others. These wait at the lock of a file beside the database's: whoever has it is next, and asks
SQLite every moment.

It is a courtesy, and nothing hangs on it: whoever waits in vain asks SQLite all the same, which says in its
own words that it is locked.
"""

import os
import sqlite3
import sys
import time
import weakref
from contextlib import suppress
from threading import Lock
from typing import Any

from identity.turn import TURN

if sys.platform != "win32":
    import fcntl

BUSY_SECONDS = 5
"""How long a writer waits for others; so many seconds more for those of its own process."""
BEGIN_TO_WRITE = "BEGIN IMMEDIATE"
SUFFIX = "-line"
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.005
_PAUSES = 10


class WritersLine:
    """The line at one file, as one process's engine sees it."""

    def __init__(self, path: str | None, busy_seconds: float = BUSY_SECONDS) -> None:
        self._busy_seconds = busy_seconds
        self._threads = Lock()
        self._place = _open(path + SUFFIX) if path and path != ":memory:" else None
        if self._place is not None:
            weakref.finalize(self, os.close, self._place)

    def enter(self) -> bool:
        """Wait for the threads of this process; False in vain. Whoever is in it leaves it."""
        if self._threads.acquire(blocking=False):
            return True
        with TURN.given_up():
            return self._threads.acquire(timeout=self._busy_seconds)

    def leave(self) -> None:
        """Let the next thread of this process in."""
        self._threads.release()

    def somebody_waits(self) -> bool:
        """Whether another process is about to write; for whoever writes just now to ask."""
        nobody = self._take_place()
        if nobody:
            self._give_place()
        return not nobody

    def begin(self, driver: Any) -> None:
        """Begin a transaction that writes. Raises sqlite3.Error, when the file is locked for too long too."""
        driver.execute("PRAGMA busy_timeout=0")
        try:
            has_begun = self._begins_in_time(driver)
        finally:
            driver.execute(f"PRAGMA busy_timeout={round(self._busy_seconds * 1000)}")
        if not has_begun:
            driver.execute(BEGIN_TO_WRITE)

    def _begins_in_time(self, driver: Any) -> bool:
        came, is_next = time.monotonic(), False
        try:
            while True:
                is_next = is_next or self._take_place()
                if is_next and _begins(driver):
                    return True
                waited = time.monotonic() - came
                if waited >= self._busy_seconds:
                    return False
                with TURN.given_up():
                    time.sleep(min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, waited / _PAUSES)))
        finally:
            if is_next:
                self._give_place()

    def _take_place(self) -> bool:
        if self._place is None or sys.platform == "win32":
            return True
        try:
            fcntl.flock(self._place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without such locks
            return True
        return True

    def _give_place(self) -> None:
        if self._place is not None and sys.platform != "win32":
            with suppress(OSError):
                fcntl.flock(self._place, fcntl.LOCK_UN)


def _open(path: str) -> int | None:
    """The file; None where there can be none: then everybody is next, and SQLite decides."""
    try:
        return os.open(path, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _begins(driver: Any) -> bool:
    """Whether nobody else writes just now. Raises sqlite3.Error for whatever else is wrong."""
    try:
        driver.execute(BEGIN_TO_WRITE)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True

"""Writers of SQLite's file come up in a line, the threads of one process and those of another."""

import sqlite3
import threading
from pathlib import Path
from time import monotonic

import pytest

from app.database import create_engine, transaction
from app.writers import BEGIN_TO_WRITE, BUSY_SECONDS, WritersLine
from tests.support.writers_line import wait_until_somebody_is_next


def test_whoever_of_another_process_waits_is_next(tmp_path: Path) -> None:
    """Not the next thread of the process that wrote last, which would come first every time."""
    file = tmp_path / "lanyard.db"
    ours, of_another_process = create_engine(f"sqlite:///{file}"), create_engine(f"sqlite:///{file}")
    order: list[str] = []

    def write() -> None:
        with transaction(of_another_process) as session:
            session.connection()
            order.append("the other")

    with transaction(ours) as session:
        session.connection()
        other = threading.Thread(target=write)
        other.start()
        wait_until_somebody_is_next(file)
    with transaction(ours) as session:
        session.connection()
        order.append("we again")
    other.join()
    assert order == ["the other", "we again"]
    ours.dispose()
    of_another_process.dispose()


def test_whoever_stops_being_next_lets_others_be(tmp_path: Path) -> None:
    line = WritersLine(str(tmp_path / "lanyard.db"))
    driver = sqlite3.connect(":memory:", isolation_level=None)
    driver.execute("BEGIN")
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        line.begin(driver)
    driver.execute("ROLLBACK")
    began = monotonic()
    WritersLine(str(tmp_path / "lanyard.db")).begin(driver)
    assert monotonic() - began < BUSY_SECONDS
    assert driver.in_transaction
    driver.close()


@pytest.mark.parametrize("path", [None, ":memory:", "/nowhere/lanyard.db"])
def test_where_there_is_no_line_everybody_is_next(path: str | None) -> None:
    driver = sqlite3.connect(":memory:", isolation_level=None)
    WritersLine(path).begin(driver)
    assert driver.in_transaction
    driver.close()


def test_sqlite_says_itself_that_it_is_locked(tmp_path: Path) -> None:
    file = tmp_path / "lanyard.db"
    writing, waiting = (sqlite3.connect(file, isolation_level=None) for _ in range(2))
    writing.execute(BEGIN_TO_WRITE)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        WritersLine(str(file), busy_seconds=0).begin(waiting)
    writing.close()
    waiting.close()

"""Whoever writes much rests far longer than it writes, so that others come between."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.database import create_engine, open_session, transaction
from app.unhurried import (
    LONG,
    LONGER,
    SHORT,
    Rest,
    unhurried_transaction,
    until_somebody_waits,
    wait_until_written,
    without_rests,
)
from profiles.versions.models import Version
from tests.support.writers_line import wait_until_somebody_is_next


def write_all(session: Session, *new: str) -> None:
    for kind in new:
        session.connection().execute(insert(Version), {"kind": kind, "version": "1"})


def kinds(engine: Engine) -> list[str]:
    with open_session(engine, writes=False) as session:
        return list(session.exec(select(Version.kind).where(col(Version.kind).like("test %"))))


def test_what_is_written_is_kept_and_what_fails_is_not(engine: Engine) -> None:
    with unhurried_transaction(engine) as session:
        write_all(session, "test kept")
    with pytest.raises(IntegrityError), unhurried_transaction(engine) as session:
        write_all(session, "test lost", "test kept")
    assert kinds(engine) == ["test kept"]


@pytest.mark.parametrize("rest", [SHORT, LONG, LONGER])
def test_it_rests_for_as_long_as_it_should(engine: Engine, rest: Rest) -> None:
    with unhurried_transaction(engine, rest) as session:
        began = monotonic()
        write_all(session, "test rests")
        wrote = monotonic() - began
    rested = monotonic() - began - wrote
    assert rested >= min(rest.times[engine.dialect.name] * wrote, rest.longest)


def test_where_nobody_signs_in_it_rests_not_at_all(engine: Engine) -> None:
    always = Rest({"sqlite": 1e9, "postgresql": 1e9}, longest=20)
    began = monotonic()
    with unhurried_transaction(without_rests(engine), always) as session:
        write_all(session, "test alone")
    assert monotonic() - began < 20
    assert kinds(engine) == ["test alone"]


def test_others_write_while_it_rests(tmp_path: Path) -> None:
    """The transaction has ended when the rest begins: nobody waits for the rest."""
    file = f"sqlite:///{tmp_path / 'lanyard.db'}"
    ours, of_another_process = create_engine(file), create_engine(file)
    with transaction(ours) as session:
        session.connection().exec_driver_sql("CREATE TABLE words (word)")
    order: list[str] = []
    waits, has_written = threading.Event(), threading.Event()

    def come() -> None:
        waits.set()
        with transaction(of_another_process) as other:
            other.connection().exec_driver_sql("INSERT INTO words VALUES ('theirs')")
        order.append("theirs")
        has_written.set()

    thread = threading.Thread(target=come)
    with unhurried_transaction(ours) as session:
        session.connection().exec_driver_sql("INSERT INTO words VALUES ('ours')")
        thread.start()
        assert waits.wait(30)
        order.append("ours")
    assert has_written.wait(30)
    thread.join()
    assert order == ["ours", "theirs"]
    ours.dispose()
    of_another_process.dispose()


def test_a_transaction_takes_all_pieces_of_which_there_are_some(engine: Engine) -> None:
    pieces = deque([1, 2, 3])
    with transaction(engine) as session:
        session.connection()
        taken = list(until_somebody_waits(engine, pieces))
    assert taken == ([1, 2, 3] if engine.dialect.name == "sqlite" else [1])


def test_a_transaction_takes_no_piece_more_while_another_process_waits(tmp_path: Path) -> None:
    file = tmp_path / "lanyard.db"
    ours, of_another_process = create_engine(f"sqlite:///{file}"), create_engine(f"sqlite:///{file}")

    def come() -> None:
        with transaction(of_another_process) as other:
            other.connection()

    thread, pieces, taken = threading.Thread(target=come), deque([1, 2, 3, 4]), []
    with transaction(ours) as session:
        session.connection()
        for piece in until_somebody_waits(ours, pieces):
            taken.append(piece)
            if piece == 2:
                thread.start()
                wait_until_somebody_is_next(file)
    thread.join()
    assert (taken, list(pieces)) == ([1, 2], [3, 4])
    ours.dispose()
    of_another_process.dispose()


def test_work_of_other_threads_waits_for_what_is_written_to_sqlite(engine: Engine) -> None:
    """It would only make the writing last longer. On PostgreSQL nobody waits for that."""
    order: list[str] = []

    def work() -> None:
        wait_until_written()
        order.append("theirs")

    thread = threading.Thread(target=work)
    with unhurried_transaction(engine) as session:
        write_all(session, "test waits")
        thread.start()
        thread.join(0.1 if engine.dialect.name == "sqlite" else 30)
        order.append("ours")
    thread.join()
    expected = ["ours", "theirs"] if engine.dialect.name == "sqlite" else ["theirs", "ours"]
    assert order == expected

"""What databases give away: the files of the embedded one, the errors of both. Writers take turns."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Barrier, Thread
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, literal, literal_column, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.database import ANSWERED, BUSY_SECONDS, checkpoint_wal, create_engine, open_session, transaction
from profiles.people.models import Person
from profiles.prepared import DriverSession, Prepared
from tests.support.databases import fresh_database

_ONE = Prepared(select(literal(1)))
_NOTHING_THERE = Prepared(select(literal_column("nowhere")))


def test_a_new_database_is_for_its_owner_only(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/lanyard.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    engine.dispose()
    assert "lanyard.db-wal" in modes
    assert set(modes.values()) == {0o600}


def test_the_journal_is_copied_when_told_to_and_not_by_whoever_commits(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/lanyard.db")

    def rows_of_the_file_alone() -> int:
        copy = tmp_path / "copy.db"
        copy.write_bytes((tmp_path / "lanyard.db").read_bytes())
        with closing(sqlite3.connect(copy)) as alone:
            return int(alone.execute("SELECT count(*) FROM t").fetchone()[0])

    with transaction(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE t (x)")
    checkpoint_wal(engine)
    with transaction(engine) as session:  # more than SQLite's own thousand pages
        session.connection().exec_driver_sql("INSERT INTO t VALUES (randomblob(8000000))")
    assert rows_of_the_file_alone() == 0
    checkpoint_wal(engine)
    assert rows_of_the_file_alone() == 1
    engine.dispose()


def test_a_folder_that_is_missing_is_said_when_connecting(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/missing/lanyard.db")
    with pytest.raises(OperationalError):
        engine.connect()


def test_an_error_does_not_tell_the_values_of_its_statement(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text("INSERT INTO nowhere VALUES (:who)"), {"who": "QQ123456C"})
    assert "QQ123456C" not in str(refused.value)


def test_threads_that_write_at_once_all_get_their_turn(engine: Engine, now: datetime) -> None:
    together = Barrier(8)

    def write() -> None:
        together.wait(timeout=10)
        for _ in range(10):
            with transaction(engine) as session:
                session.add(Person(created_at=now))

    threads = [Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with transaction(engine, writes=False) as session:
        assert session.execute(select(func.count()).select_from(Person)).scalar_one() == 80


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_a_turn_ends_with_its_transaction_however_that_ends(engine: Engine, now: datetime, end: str) -> None:
    began = monotonic()
    for _ in range(2):
        session = open_session(engine, writes=True)
        session.add(Person(created_at=now))
        session.flush()
        getattr(session, end)()
    session.close()
    assert monotonic() - began < BUSY_SECONDS


def test_whoever_reads_does_not_wait_for_whoever_writes(engine: Engine, now: datetime) -> None:
    with transaction(engine) as writing:
        writing.add(Person(created_at=now))
        writing.flush()
        with transaction(engine, writes=False) as reading:
            assert reading.execute(select(func.count()).select_from(Person)).scalar_one() == 0


@pytest.fixture
def postgresql() -> Iterator[Engine]:
    with fresh_database("postgresql") as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def test_whoever_uses_a_connection_after_a_while_does_not_see_that_the_server_restarted(
    postgresql: Engine,
) -> None:
    @event.listens_for(postgresql, "checkin")
    def _long_ago(_connection: Any, record: Any) -> None:
        record.info[ANSWERED] = 0.0

    before = backend(postgresql)
    end(postgresql, before)
    assert backend(postgresql) != before


def test_a_connection_that_was_just_used_is_not_asked_whether_it_lives(postgresql: Engine) -> None:
    """So one request fails where the server restarts at this very moment; the next one does not."""
    end(postgresql, backend(postgresql))
    with pytest.raises(DBAPIError) as lost:
        backend(postgresql)
    assert lost.value.connection_invalidated
    assert backend(postgresql)


def backend(engine: Engine) -> int:
    """The number of the server's process behind the connection that the pool gives now."""
    with transaction(engine, writes=False) as session:
        return session.execute(select(func.pg_backend_pid())).scalar_one()


def end(engine: Engine, number: int) -> None:
    """End it, from another connection."""
    other = create_engine(engine.url.render_as_string(hide_password=False))
    with other.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:number, 10000)"), {"number": number})
    other.dispose()


def test_what_only_read_leaves_to_postgresql_what_it_has_prepared(postgresql: Engine) -> None:
    """psycopg has a statement prepared when it comes for the sixth time; a rollback forgets them all."""
    for _ in range(7):
        with open_session(postgresql, writes=False) as session:
            _ONE.all(session, {})
    with open_session(postgresql, writes=False) as session:
        assert isinstance(session, DriverSession)
        counted = session.pooled().cursor().execute("SELECT count(*) FROM pg_prepared_statements")
        assert counted.fetchone() == (1,)


def test_a_reading_that_failed_ends_without_another_error(postgresql: Engine) -> None:
    with open_session(postgresql, writes=False) as session, pytest.raises(DBAPIError):
        _NOTHING_THERE.all(session, {})
    with open_session(postgresql, writes=False) as session:
        assert _ONE.all(session, {})

"""A session that becomes whole in the middle of its transaction is the same transaction."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col

from app.database import open_session
from app.light_session import LightSession, Transactions
from profiles.columns import new_id
from profiles.people.models import Person
from profiles.prepared import DriverSession, Prepared
from profiles.versions.models import Version

_VERSIONS = Prepared(select(col(Version.kind)))
_INSERT = Prepared(insert(Person))


def test_what_is_prepared_and_what_is_not_see_each_other(engine: Engine, now: datetime) -> None:
    person = Person(created_at=now)
    with open_session(engine, writes=True) as session:
        assert _VERSIONS.all(session, {})
        before = session.connection()
        session.add(person)
        session.flush()
        assert session.connection() is before
        session.commit()
    assert _ids(engine) == [person.id]


@pytest.mark.parametrize("prepared_first", [True, False])
@pytest.mark.parametrize("end", ["rollback", "close"])
def test_what_is_not_committed_is_taken_back_whole(
    engine: Engine, now: datetime, end: str, prepared_first: bool
) -> None:
    session = open_session(engine, writes=True)
    if prepared_first:
        _VERSIONS.all(session, {})
    session.add(Person(created_at=now))
    session.flush()
    getattr(session, end)()
    assert _ids(engine) == []


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
@pytest.mark.parametrize("whole", [True, False])
def test_the_connection_goes_back_at_once_and_the_session_can_begin_anew(
    engine: Engine, now: datetime, end: str, whole: bool
) -> None:
    session = open_session(engine, writes=True)
    for number in range(3):
        _VERSIONS.all(session, {})
        if whole:
            session.add(Person(created_at=now))
            session.flush()
        getattr(session, end)()
        assert _taken(engine) <= 1, number
    session.close()


def test_a_commit_that_the_database_refuses_leaves_nothing_behind(engine: Engine, now: datetime) -> None:
    person = Person(created_at=now)
    with open_session(engine, writes=True) as session:
        session.add(person)
        session.commit()
    with open_session(engine, writes=True) as session:
        _VERSIONS.all(session, {})
        session.add(Person(id=person.id, created_at=now))
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
        assert _VERSIONS.all(session, {})
    assert _ids(engine) == [person.id]


def test_what_is_prepared_and_not_committed_is_taken_back(engine: Engine, now: datetime) -> None:
    with open_session(engine, writes=True) as session:
        _INSERT.run(session, {"id": Person(created_at=now).id, "created_at": now})
    assert _ids(engine) == []


def test_a_savepoint_holds_what_is_prepared_within_it(engine: Engine, now: datetime) -> None:
    """``Prepared`` after ``begin_nested`` is inside: the savepoint is set before the statement."""
    with open_session(engine, writes=True) as session:
        _VERSIONS.all(session, {})
        nested = session.begin_nested()
        _INSERT.run(session, {"id": Person(created_at=now).id, "created_at": now})
        nested.rollback()
        session.commit()
    assert _ids(engine) == []


def test_a_commit_that_fails_at_the_driver_is_told_and_keeps_nothing(engine: Engine, now: datetime) -> None:
    """A reference that is checked at the commit alone, by a session that stays light."""
    with open_session(engine, writes=True) as session:
        _INSERT.run(session, {"id": Person(created_at=now).id, "created_at": now})
        driver = _driver(session)
        driver.execute(
            "CREATE TEMPORARY TABLE t (id INT PRIMARY KEY, a INT REFERENCES t DEFERRABLE INITIALLY DEFERRED)"
        )
        driver.execute("INSERT INTO t VALUES (1, 2)")
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
        assert _taken(engine) <= 1
    assert _ids(engine) == []


@pytest.mark.parametrize("writes", [True, False])
def test_a_connection_that_is_lost_is_said_to_be_and_is_not_used_again(engine: Engine, writes: bool) -> None:
    with open_session(engine, writes=writes) as session:
        assert _VERSIONS.all(session, {})
        _end_from_outside(engine, _driver(session))
        with pytest.raises(DBAPIError) as lost:
            _VERSIONS.all(session, {})
        assert lost.value.connection_invalidated
        session.rollback()
        assert _VERSIONS.all(session, {})


def test_a_transaction_that_cannot_begin_gives_its_connection_back(engine: Engine) -> None:
    given_back: list[object] = []
    nonsense = Transactions(
        take=engine.raw_connection,
        begin=lambda pooled: pooled.cursor().execute("BEGIN nonsense"),
        give_back=lambda pooled: given_back.append(pooled) or pooled.close(),
    )
    session = LightSession(engine, nonsense)
    for times in (1, 2):
        with pytest.raises(DBAPIError, match="nonsense"):
            _VERSIONS.all(session, {})
        assert len(given_back) == times


def _driver(session: Session) -> Any:
    assert isinstance(session, DriverSession)
    return session.pooled().dbapi_connection


def _taken(engine: Engine) -> int:
    """How many connections the pool has given away; one waits for the next short transaction of SQLite's."""
    taken: int = engine.pool.checkedout()  # type: ignore[attr-defined]
    return taken


def _end_from_outside(engine: Engine, driver: Any) -> None:
    if engine.dialect.name == "sqlite":
        driver.close()
        return
    with engine.begin() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": driver.info.backend_pid})


def _ids(engine: Engine) -> list[object]:
    with Session(engine) as session:
        return list(session.execute(select(col(Person.id))).scalars())


def test_a_prepared_statement_changes_nothing_in_a_session_that_only_reads(
    engine: Engine, now: datetime
) -> None:
    """PostgreSQL's ends by COMMIT, which would keep it."""
    with open_session(engine, writes=False) as session:
        assert _VERSIONS.all(session, {})
        with pytest.raises(RuntimeError, match="only reads"):
            _INSERT.run(session, {"id": new_id(), "created_at": now})
    assert _ids(engine) == []

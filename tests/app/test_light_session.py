"""A session that becomes whole in the middle of its transaction is the same transaction."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.database import open_session
from profiles.people.models import Person
from profiles.prepared import Prepared
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
    for number in range(2):
        _VERSIONS.all(session, {})
        if whole:
            session.add(Person(created_at=now))
            session.flush()
        getattr(session, end)()
        assert engine.pool.checkedout() == 0, number  # type: ignore[attr-defined]
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


def test_a_savepoint_holds_what_is_prepared_within_it(engine: Engine, now: datetime) -> None:
    """``Prepared`` after ``begin_nested`` is inside: the savepoint is set before the statement."""
    with open_session(engine, writes=True) as session:
        _VERSIONS.all(session, {})
        nested = session.begin_nested()
        _INSERT.run(session, {"id": Person(created_at=now).id, "created_at": now})
        nested.rollback()
        session.commit()
    assert _ids(engine) == []


def _ids(engine: Engine) -> list[object]:
    with Session(engine) as session:
        return list(session.execute(select(col(Person.id))).scalars())

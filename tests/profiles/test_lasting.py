"""What is remembered of a row that lasts is what somebody else's transaction has written for good."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, bindparam, insert, select
from sqlmodel import Session, col

from app.database import open_session, transaction
from profiles.lasting import Lasting
from profiles.people.models import Person
from profiles.prepared import Prepared
from tests.support.statements import prepared_statements

_CREATED = Lasting(select(col(Person.created_at)).where(col(Person.id) == bindparam("id")))
_INSERT = Prepared(insert(Person))


@pytest.fixture
def person_id(engine: Engine, now: datetime) -> UUID:
    person = Person(created_at=now)
    with transaction(engine) as session:
        session.add(person)
    return person.id


def test_what_is_there_is_asked_for_once(engine: Engine, person_id: UUID, now: datetime) -> None:
    for expected in (1, 0):
        with open_session(engine, writes=True) as session, asked() as statements:
            assert _CREATED.find(session, {"id": person_id}) == now
        assert len(statements) == expected


def test_what_is_not_there_is_asked_for_again(engine: Engine, now: datetime) -> None:
    person = Person(created_at=now)
    with open_session(engine, writes=False) as session:
        assert _CREATED.find(session, {"id": person.id}) is None
    with transaction(engine) as session:
        session.add(person)
    with open_session(engine, writes=False) as session:
        assert _CREATED.find(session, {"id": person.id}) == now


def test_what_a_transaction_wrote_itself_is_gone_with_it(engine: Engine, now: datetime) -> None:
    person = Person(created_at=now)
    with open_session(engine, writes=True) as session:
        _CREATED.written(session)
        _INSERT.run(session, {"id": person.id, "created_at": now})
        assert _CREATED.find(session, {"id": person.id}) == now
        session.rollback()
        assert _CREATED.find(session, {"id": person.id}) is None


def test_another_connection_begins_without_a_memory(engine: Engine, person_id: UUID, now: datetime) -> None:
    for _ in range(2):
        with open_session(engine, writes=False) as session, asked() as statements:
            assert _CREATED.find(session, {"id": person_id}) == now
        assert len(statements) == 1
        engine.dispose()


def test_a_plain_session_of_the_orm_remembers_too(engine: Engine, person_id: UUID, now: datetime) -> None:
    for expected in (1, 0):
        with Session(engine) as session, asked() as statements:
            assert _CREATED.find(session, {"id": person_id}) == now
        assert len(statements) == expected


@contextmanager
def asked() -> Iterator[list[str]]:
    statements: list[str] = []
    with prepared_statements(statements):
        yield statements

"""Statements whose values are made ahead write what the same statement would, in the transaction given."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from profiles.made_ahead import make_ahead
from profiles.prepared import ONLY_READS, Prepared
from profiles.versions.models import Version

INSERT = Prepared(insert(Version))
CHANGE = Prepared(
    update(Version)
    .where(col(Version.kind) == bindparam("which"), col(Version.version) == bindparam("was"))
    .values(version=bindparam("becomes"))
)


def rows(*kinds: str) -> list[dict[str, str]]:
    return [{"kind": kind, "version": "1"} for kind in kinds]


def test_it_says_how_many_rows_all_of_it_changed(session: Session) -> None:
    dialect = session.get_bind().dialect
    assert make_ahead(INSERT, dialect, rows("a", "b", "c")).run(session) == 3
    asked = [
        {"which": which, "was": was, "becomes": "2"} for which, was in (("a", "1"), ("b", "0"), ("c", "1"))
    ]
    assert make_ahead(CHANGE, dialect, asked).run(session) == 2
    found = session.exec(select(Version).where(col(Version.kind).in_(("a", "b", "c"))))
    assert {one.kind: one.version for one in found} == {"a": "2", "b": "1", "c": "2"}


def test_what_fails_says_no_value(session: Session) -> None:
    twice = make_ahead(INSERT, session.get_bind().dialect, rows("secret", "secret"))
    with pytest.raises(IntegrityError) as failed:
        twice.run(session)
    assert "INSERT" in str(failed.value)
    assert failed.value.params is None


def test_nothing_is_written_where_only_reading_was_asked(session: Session) -> None:
    statement = make_ahead(INSERT, session.get_bind().dialect, rows("a"))
    session.info[ONLY_READS] = True
    with pytest.raises(RuntimeError, match="only reads"):
        statement.run(session)

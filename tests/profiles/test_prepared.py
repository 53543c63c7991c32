"""Prepared statements give what SQLAlchemy would give, on both kinds of database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, literal, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlmodel import Session, col

from identity.subjects.models import PairwiseSubject
from identity.tokens.models import Grant
from profiles.audit.models import AuditEntry, InitiatorKind
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.prepared import Prepared, Row, WorkedOut, for_each_dialect
from tests.factories.people import make_person
from tests.support.statements import prepared_statements

_INSERT = Prepared(insert(PairwiseSubject))
_FIND = Prepared(
    select(col(PairwiseSubject.sub), col(PairwiseSubject.person_id), col(PairwiseSubject.created_at))
    .where(col(PairwiseSubject.sector) == bindparam("sector"))
    .order_by(col(PairwiseSubject.sub))
)
_RENAME = Prepared(
    update(PairwiseSubject)
    .where(col(PairwiseSubject.sector) == bindparam("of_sector"))
    .values(sub=bindparam("new_sub"))
)


@pytest.fixture
def subject(session: Session, now: datetime) -> dict[str, Any]:
    """A row that was inserted so."""
    person_id = make_person(session, now)
    values = {"sector": "desk.example", "person_id": person_id, "sub": "s1", "created_at": now}
    assert _INSERT.run(session, values) == 1
    return values


def test_values_come_back_as_they_were_given(session: Session, subject: Mapping[str, Any]) -> None:
    row = _FIND.first(session, {"sector": "desk.example"})
    assert row is not None
    assert (row.sub, row.person_id, row.created_at) == ("s1", subject["person_id"], subject["created_at"])
    assert row.created_at.utcoffset() is not None


def test_rows_are_those_that_the_orm_reads(session: Session, now: datetime) -> None:
    """JSON, an enumeration, a time and empty columns."""
    entry_id = append(session, "app.opened", Initiator.system("test"), now, details={"list": [1, "é"]})  # type: ignore[arg-type]
    columns = (AuditEntry.details, AuditEntry.initiator_kind, AuditEntry.at, AuditEntry.person_id)
    found = Prepared(select(*map(col, columns)).where(col(AuditEntry.id) == bindparam("id")))  # type: ignore[arg-type]
    assert found.first(session, {"id": entry_id}) == ({"list": [1, "é"]}, InitiatorKind.SYSTEM, now, None)


def test_what_the_same_rows_amount_to_is_worked_out_once(session: Session, subject: dict[str, Any]) -> None:
    made: list[tuple[str, list[Row]]] = []
    subs = WorkedOut(_FIND, lambda who, rows: made.append((who, rows)) or rows[0].sub, most=8)
    asked = {"sector": "desk.example"}
    assert [subs.of(session, asked, "one"), subs.of(session, asked, "one")] == ["s1", "s1"]
    assert len(made) == 1
    assert subs.of(session, asked, "another") == "s1"
    _RENAME.run(session, {"of_sector": "desk.example", "new_sub": "s2"})
    assert subs.of(session, asked, "one") == "s2"
    assert [who for who, _ in made] == ["one", "another", "one"]


def test_nothing_found_is_none(session: Session) -> None:
    asked = {"sector": "nowhere.example"}
    assert (_FIND.first(session, asked), _FIND.scalar(session, asked), _FIND.all(session, asked)) == (
        *(None, None),
        [],
    )


def test_a_change_says_how_many_rows_it_changed(session: Session, subject: Mapping[str, Any]) -> None:
    assert _RENAME.run(session, {"of_sector": "desk.example", "new_sub": "s2"}) == 1
    assert _RENAME.run(session, {"of_sector": "nowhere.example", "new_sub": "s3"}) == 0
    assert _FIND.scalar(session, {"sector": subject["sector"]}) == "s2"


def test_it_belongs_to_the_transaction_of_its_session(session: Session, subject: Mapping[str, Any]) -> None:
    session.rollback()
    assert _FIND.first(session, {"sector": subject["sector"]}) is None


def test_the_two_kinds_of_database_may_have_their_own_text(
    session: Session, subject: Mapping[str, Any]
) -> None:
    once = Prepared(
        for_each_dialect(
            lambda insert: insert(PairwiseSubject).on_conflict_do_nothing().returning(literal("new"))
        )
    )
    assert once.scalar(session, subject) is None
    assert once.scalar(session, {**subject, "sector": "other.example", "sub": "s2"}) == "new"


def test_an_error_is_sqlalchemys_and_names_no_value(session: Session, subject: Mapping[str, Any]) -> None:
    with pytest.raises(IntegrityError) as error:
        _INSERT.run(session, subject)
    assert str(subject["sub"]) not in str(error.value).partition("[SQL")[2]


def test_a_session_that_only_reads_cannot_be_lost_by_a_wrong_statement(session: Session) -> None:
    wrong = Prepared(select(col(PairwiseSubject.sub)).where(literal("x").op("wrong")(1)))
    with pytest.raises((OperationalError, ProgrammingError)):
        wrong.first(session, {})
    session.rollback()
    assert _FIND.all(session, {"sector": "desk.example"}) == []


def test_defaults_are_not_filled_in_behind_the_callers_back(session: Session) -> None:
    """The columns' defaults belong to the ORM: here every value is given."""
    with pytest.raises(TypeError):
        Prepared(insert(Grant)).run(session, {"id": new_id()})


def test_a_missing_value_is_an_error_of_the_caller(session: Session) -> None:
    with pytest.raises(KeyError):
        _FIND.first(session, {})


def test_what_runs_can_be_seen(session: Session) -> None:
    statements: list[str] = []
    with prepared_statements(statements):
        _FIND.first(session, {"sector": "desk.example"})
    assert ["desk.example" in text for text in statements] == [False]

"""Rows that go to the driver as plain values are read back as the ORM would have written them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from profiles.bulk_rows import insert_many
from profiles.columns import new_id
from profiles.imports.records.models import FieldConflict, PlannedChange
from profiles.loads import Load
from profiles.people.models import BirthDate, Person, WorkPhone
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person


@pytest.fixture
def stamp(session: Session, now: datetime) -> dict[str, Any]:
    """The columns that every fact has, about somebody."""
    return {
        "id": new_id().hex,
        "fact_id": new_id().hex,
        "person_id": make_person(session, now).hex,
        "valid_from": "2026-03-02T14:07:00.5Z",
        "valid_to": None,
        "recorded_at": now.isoformat(),
        "superseded_at": None,
        "source": "import:HMRC:hr",
        "reason": "100% “sure”\tor\nnot \\N",
    }


def test_days_instants_and_text_come_back(session: Session, now: datetime, stamp: dict[str, Any]) -> None:
    insert_many(session, BirthDate.__table__, [stamp | {"born_on": "1990-05-17"}])  # type: ignore[attr-defined]
    found = session.exec(select(BirthDate)).one()
    assert (found.id.hex, found.person_id.hex, found.born_on) == (
        stamp["id"],
        stamp["person_id"],
        date(1990, 5, 17),
    )
    assert found.valid_from == datetime(2026, 3, 2, 14, 7, 0, 500000, timezone(timedelta(0)))
    assert (found.recorded_at, found.valid_to, found.reason) == (now, None, stamp["reason"])


def test_truth_comes_back(session: Session, now: datetime, stamp: dict[str, Any]) -> None:
    ours = {"organisation_id": make_organisation(session, now).id.hex, "number": "+442079460123"}
    insert_many(session, WorkPhone.__table__, [stamp | ours | {"is_verified": True}])  # type: ignore[attr-defined]
    assert session.exec(select(WorkPhone)).one().is_verified is True


@pytest.fixture
def load(session: Session, now: datetime) -> Load:
    organisation = make_organisation(session, now, "HO")
    made = Load(
        organisation_id=organisation.id, kind="records", content_hash="1", rows_total=1, started_at=now
    )
    session.add(made)
    session.flush()
    return made


@pytest.mark.parametrize("value", [None, "O'Neill", 7, ["a", "b"]])
def test_whatever_json_holds_comes_back(session: Session, load: Load, value: Any) -> None:
    row = {
        "id": new_id().hex,
        "organisation_id": load.organisation_id.hex,
        "load_id": load.id.hex,
        "kind": "name",
        "fact_id": new_id().hex,
        "field": "given_names",
        "source": "hr",
        "offered": value,
        "recorded": value,
        "recorded_source": "page",
    }
    insert_many(session, FieldConflict.__table__, [row])  # type: ignore[attr-defined]
    assert session.exec(select(FieldConflict)).one().offered == value


def test_bytes_come_back(session: Session, load: Load) -> None:
    row = {"id": new_id().hex, "load_id": load.id.hex, "kind": "name", "source_key": "N1", "version_id": None}
    insert_many(session, PlannedChange.__table__, [row | {"content_hash": "00ff10"}])  # type: ignore[attr-defined]
    assert session.exec(select(PlannedChange)).one().content_hash == b"\x00\xff\x10"


def test_what_the_database_refuses_is_told_without_values(session: Session, now: datetime) -> None:
    person_id = make_person(session, now)
    with pytest.raises(IntegrityError) as refused:
        insert_many(
            session,
            Person.__table__,  # type: ignore[attr-defined]
            [{"id": person_id.hex, "created_at": now.isoformat()}],
        )
    assert person_id.hex not in str(refused.value)

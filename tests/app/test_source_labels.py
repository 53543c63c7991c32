"""The migration that puts the organisation into the labels of what was imported before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.database import create_engine
from app.migrations import upgrade
from profiles.columns import new_id
from tests.support.databases import database_at

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC).isoformat()


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest) -> Iterator[tuple[str, Engine]]:
    """A database as it was before the labels named an organisation."""
    with database_at(request.param, "0041") as url:
        engine = create_engine(url)
        yield url, engine
        engine.dispose()


def test_labels_come_to_name_the_organisation(before: tuple[str, Engine]) -> None:
    url, engine = before
    organisation, load, organogram = new_id(), new_id(), new_id()
    taken = new_id()

    def said(table: str, **row: object) -> None:
        values = {name: _plain(engine, value) for name, value in row.items()}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        with engine.begin() as connection:
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)

    def grade(label: str, source: str, load_id: UUID | None, fact_id: UUID | None = None) -> None:
        said(
            "local_grades",
            id=new_id(),
            fact_id=fact_id or new_id(),
            valid_from=NOW,
            recorded_at=NOW,
            source=source,
            reason="",
            load_id=load_id,
            organisation_id=organisation,
            label=label,
        )

    said("organisations", id=organisation, code="HMRC", kind="department")
    for one, kind in ((load, "records"), (organogram, "organogram")):
        said(
            "loads",
            id=one,
            organisation_id=organisation,
            kind=kind,
            content_hash=kind,
            rows_total=1,
            rows_done=1,
            started_at=NOW,
            published_at=NOW,
        )
    said(
        "field_conflicts",
        id=new_id(),
        organisation_id=organisation,
        load_id=load,
        kind="grade",
        fact_id=taken,
        field="label",
        source="payroll",
        offered="null",
        recorded="null",
        recorded_source="page",
        settlement="taken",
    )
    grade("imported", "import:hr", load)
    grade("published", "import:organogram", organogram)
    grade("taken", "import:payroll", None, taken)
    grade("typed", "page:a letter", None)
    upgrade(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT label, source FROM local_grades"))
        found = {row.label: row.source for row in rows}
    assert found == {
        "imported": "import:HMRC:hr",
        "published": "import:organogram",
        "taken": "import:HMRC:payroll",
        "typed": "page:a letter",
    }


def _plain(engine: Engine, value: object) -> object:
    if not isinstance(value, UUID):
        return value
    return value.hex if engine.dialect.name == "sqlite" else value

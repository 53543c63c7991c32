"""PostgreSQL counts what an import fills while it fills it, and before anybody sees it."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from sqlalchemy import Connection, Engine, insert, text
from sqlmodel import col, select

from app.database import create_engine, open_session, transaction
from app.organogram_import import import_organogram
from app.table_statistics import FIRST_ROWS, TableStatistics
from profiles.columns import new_id
from profiles.people.models import Person
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.organograms import make_file, make_row
from tests.factories.records import person_records
from tests.support.databases import fresh_database


@pytest.fixture
def engine() -> Iterator[Engine]:
    with fresh_database("postgresql") as url:
        engine = create_engine(url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        yield engine
        engine.dispose()


def counted(engine: Engine, table: str) -> int:
    """How many rows PostgreSQL found when it last counted."""
    with open_session(engine, writes=False) as session:
        asked = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:table)")
        return int(session.execute(asked, {"table": table}).scalar_one())


def plan(connection: Connection) -> str:
    """How what was prepared is answered."""
    asked = f"EXPLAIN (COSTS OFF) EXECUTE found ('{new_id()}')"
    return "\n".join(connection.exec_driver_sql(asked).scalars())


def write_people(engine: Engine, statistics: TableStatistics, number: int, now: datetime) -> None:
    with transaction(engine) as session:
        session.execute(insert(Person), [{"id": new_id(), "created_at": now} for _ in range(number)])
    statistics.written({"people": number})


def test_a_table_is_counted_as_it_grows_and_when_it_is_full(engine: Engine, now: datetime) -> None:
    statistics = TableStatistics(engine)
    found = []
    for number in (FIRST_ROWS - 1, 1, FIRST_ROWS, 8 * FIRST_ROWS, 1):
        write_people(engine, statistics, number, now)
        found.append(counted(engine, "people"))
    assert found == [0, FIRST_ROWS, FIRST_ROWS, 10 * FIRST_ROWS, 10 * FIRST_ROWS]
    statistics.complete()
    assert counted(engine, "people") == 10 * FIRST_ROWS + 1


def test_few_rows_are_left_to_postgresql(engine: Engine, now: datetime) -> None:
    statistics = TableStatistics(engine)
    write_people(engine, statistics, FIRST_ROWS - 1, now)
    statistics.complete()
    assert counted(engine, "people") == 0


def test_what_was_planned_for_an_empty_table_is_planned_anew(engine: Engine, now: datetime) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
        connection.exec_driver_sql("PREPARE found (uuid) AS SELECT created_at FROM people WHERE id = $1")
        connection.exec_driver_sql("SET enable_indexscan = off")
        connection.exec_driver_sql("SET enable_bitmapscan = off")
        assert "Seq Scan" in plan(connection)
        connection.exec_driver_sql("SET enable_indexscan = on")
        assert "Seq Scan" in plan(connection)
        connection.commit()
        write_people(engine, TableStatistics(engine), 4 * FIRST_ROWS, now)
        assert "Index Scan" in plan(connection)


def test_a_table_that_is_being_cleaned_is_left_alone(engine: Engine, now: datetime) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("LOCK TABLE people IN SHARE UPDATE EXCLUSIVE MODE")
        write_people(engine, TableStatistics(engine), FIRST_ROWS, now)
    assert counted(engine, "people") == 0


def test_an_organogram_is_counted_before_it_is_seen(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        make_organisation(session, now, "HMRC")
    steps: list[tuple[int, int]] = []
    import_organogram(
        engine,
        make_file(make_row(posts="1600")),
        code="HMRC",
        snapshot=date(2025, 9, 30),
        allow_unmapped=False,
        initiator=INITIATOR,
        clock=lambda: now,
        progress=lambda done, total: steps.append((done, counted(engine, "postings"))),
    )
    assert steps[-1] == (1600, 1200)
    assert counted(engine, "postings") == 1600


def test_records_are_counted_when_all_are_written(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        organisation = make_organisation(session, now, "HMRC")
    importing = Importing(engine, now, organisation.id)
    records = [record for number in range(200) for record in person_records(f"{number:04}")]
    importing.whole(*records)
    assert counted(engine, "source_records") == 1200


def test_sqlite_is_not_asked(now: datetime) -> None:
    with fresh_database("sqlite") as url:
        engine = create_engine(url)
        write_people(engine, TableStatistics(engine), FIRST_ROWS, now)
        with open_session(engine, writes=False) as session:
            assert len(session.exec(select(col(Person.id))).all()) == FIRST_ROWS
        engine.dispose()

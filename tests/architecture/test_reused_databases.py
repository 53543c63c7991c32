"""A PostgreSQL database that a test gets after another is like a new one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.support.databases import fresh_database
from tests.support.reused_databases import ReusedDatabases

Fresh = Callable[[], AbstractContextManager[tuple[str, psycopg.Connection]]]


@pytest.fixture
def fresh() -> Iterator[Fresh]:
    """Gives a database's name, and a connection that stays open when the test has ended."""
    with fresh_database("postgresql") as url:
        server = f"host={make_url(url).query['host']} user=postgres"

    def administer(statement: str) -> None:
        with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)

    databases = ReusedDatabases(server, administer)

    @contextmanager
    def one() -> Iterator[tuple[str, psycopg.Connection]]:
        with databases.one("migrated_head") as name:
            yield name, psycopg.connect(f"{server} dbname={name}")

    yield one
    databases.close()


def rows(connection: psycopg.Connection) -> dict[str, str | None]:
    """Everything in every table."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {
        table: connection.execute(f'SELECT array_agg(t)::text FROM "{table}" t').fetchone()[0]
        for (table,) in tables
    }


@pytest.fixture
def name(fresh: Fresh) -> str:
    """The name of the database that the next test gets."""
    with fresh() as (name, connection):
        connection.close()
    return name


def test_what_a_test_wrote_is_gone_and_what_migrations_wrote_is_there(fresh: Fresh, name: str) -> None:
    with fresh() as (first, connection):
        before = rows(connection)
        connection.execute("UPDATE versions SET version = 'changed'")
        connection.execute("UPDATE alembic_version SET version_num = 'changed'")
        connection.commit()
    with fresh() as (second, connection):
        assert rows(connection) == before
        connection.close()
    assert name == first == second
    assert before["versions"]


def test_what_a_test_left_open_holds_up_nobody(fresh: Fresh, name: str) -> None:
    with fresh() as (_, connection):
        connection.execute("LOCK TABLE people")
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "ALTER TABLE people DROP COLUMN created_at CASCADE",
        "DROP TABLE alembic_version",
        "CREATE TABLE more (x int)",
        "INSERT INTO alembic_version SELECT n FROM generate_series(1, 2000) n",
    ],
)
def test_a_changed_schema_and_many_rows_are_nobody_elses(fresh: Fresh, name: str, change: str) -> None:
    with fresh() as (first, connection):
        connection.execute(change)
        connection.commit()
        connection.close()
    with fresh() as (second, connection):
        connection.close()
    assert name == first != second


def test_a_change_that_was_taken_back_is_none(fresh: Fresh, name: str) -> None:
    with fresh() as (first, connection):
        connection.execute("DROP TABLE people CASCADE")
        connection.close()
    assert name == first
    with fresh() as (second, connection):
        connection.close()
    assert name == second

"""The migrations make exactly the schema that the models describe, on both kinds of database."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect

from app.database import create_engine
from app.migrations import check, configuration, is_current, upgrade
from tests.support.databases import blank_database


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with blank_database(request.param) as url:
        yield url


def test_models_and_migrations_agree(database_url: str) -> None:
    check(database_url)


def test_migrations_lead_from_an_empty_database_to_the_current_schema(blank_url: str) -> None:
    engine = create_engine(blank_url)
    with engine.connect() as connection:
        assert not is_current(connection)
    upgrade(blank_url)
    with engine.connect() as connection:
        assert is_current(connection)
    engine.dispose()


def test_migrations_can_be_taken_back_and_applied_again(blank_url: str) -> None:
    upgrade(blank_url)
    command.downgrade(configuration(blank_url), "base")
    engine = create_engine(blank_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    upgrade(blank_url)
    check(blank_url)


def test_migrations_form_one_line() -> None:
    assert len(ScriptDirectory.from_config(configuration("sqlite://")).get_heads()) == 1


def test_what_leaves_a_reference_to_nothing_is_not_applied_at_all() -> None:
    """SQLite enforces no reference while a table takes another's place, so they are looked at afterwards."""
    script = ScriptDirectory.from_config(configuration("sqlite://"))
    before = script.get_revision("head").down_revision
    with blank_database("sqlite") as url:
        command.upgrade(configuration(url), before)
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql(
                "INSERT INTO transfer_approvals (id, transfer_id, side, officer_id, approved_at)"
                " VALUES ('1', 'gone', 'importing', 'gone', '2020-01-01 00:00:00.000000')"
            )
            connection.commit()
        with pytest.raises(CommandError, match="approvals to people, transfer_approvals to transfers"):
            upgrade(url)
        with engine.connect() as connection:
            assert MigrationContext.configure(connection).get_current_revision() == before
        engine.dispose()

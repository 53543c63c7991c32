"""Short transactions on SQLite use the same few connections again, and leave the pool's to everybody else."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, literal, select

from app.database import create_engine, open_session
from app.idle_connections import MOST_IDLE
from profiles.prepared import DriverSession, Prepared

_ONE = Prepared(select(literal(1)))


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/lanyard.db")
    yield engine
    engine.dispose()


def test_the_next_transaction_gets_the_connection_of_the_last(file: Engine) -> None:
    assert _driver(file) is _driver(file)


def test_a_few_are_kept_and_the_pool_has_the_rest(file: Engine) -> None:
    with ExitStack() as all_at_once:
        for _ in range(MOST_IDLE + 3):
            _ONE.all(all_at_once.enter_context(open_session(file, writes=False)), {})
    assert file.pool.checkedout() == MOST_IDLE  # type: ignore[attr-defined]


def test_they_are_closed_with_the_engine(file: Engine) -> None:
    driver = _driver(file)
    file.dispose()
    with pytest.raises(file.dialect.loaded_dbapi.ProgrammingError, match="closed"):
        driver.execute("SELECT 1")
    assert _driver(file) is not driver


def test_one_that_is_lost_while_idle_is_not_taken_twice(file: Engine) -> None:
    _driver(file).close()
    with open_session(file, writes=False) as session, pytest.raises(Exception, match="closed"):
        _ONE.all(session, {})
    assert _driver(file).execute("SELECT 1").fetchone() == (1,)


def _driver(engine: Engine) -> Any:
    with open_session(engine, writes=False) as session:
        assert isinstance(session, DriverSession)
        return session.pooled().dbapi_connection

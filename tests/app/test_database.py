"""What databases give away: the files of the embedded one, the errors of both."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.database import create_engine


def test_a_new_database_is_for_its_owner_only(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/lanyard.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    engine.dispose()
    assert "lanyard.db-wal" in modes
    assert set(modes.values()) == {0o600}


def test_a_folder_that_is_missing_is_said_when_connecting(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/missing/lanyard.db")
    with pytest.raises(OperationalError):
        engine.connect()


def test_an_error_does_not_tell_the_values_of_its_statement(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text("INSERT INTO nowhere VALUES (:who)"), {"who": "QQ123456C"})
    assert "QQ123456C" not in str(refused.value)

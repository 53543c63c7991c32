"""Transactions of somebody for whom nobody waits: many, each short, with longer rests between them.

SQLite has one writer at a time. Whoever signs in writes three times, and comes at any moment: how often they
wait is the share of the time in which others write, and how long is what these write at once. PostgreSQL has
many writers, but the processor and the disk are the same: there the rest is half as long as the writing.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import transaction

RESTS = {"sqlite": 9, "postgresql": 0.5}
"""So many times as long as it has written it rests: on SQLite it writes for a tenth of the time at most."""
LONGEST_REST_SECONDS = 0.1


@contextmanager
def unhurried_transaction(engine: Engine) -> Iterator[Session]:
    """A transaction of its own that writes, as ``app.database.transaction``; afterwards it rests.

    It begins at once, so that waiting for other writers is not counted as writing.
    """
    with transaction(engine) as session:
        session.connection()
        began = time.monotonic()
        yield session
    wrote = time.monotonic() - began
    time.sleep(min(RESTS[engine.dialect.name] * wrote, LONGEST_REST_SECONDS))

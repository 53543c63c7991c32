"""Transactions of somebody for whom nobody waits: many, each short, with longer rests between them.

SQLite has one writer at a time. Whoever signs in writes three times, and comes at any moment: how often they
wait is the share of the time in which others write, and how long is what these write at once. PostgreSQL has
many writers, but the processor and the disk are the same: there the rest is half as long as the writing.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import checkpoint_wal, somebody_waits, transaction

Piece = TypeVar("Piece")


@dataclass(frozen=True)
class Rest:
    """So many times as long as it has written it rests, by the kind of database; ``longest`` in seconds."""

    times: Mapping[str, float]
    longest: float


SHORT = Rest({"sqlite": 9, "postgresql": 0.5}, longest=0.1)
"""After some milliseconds that are not worth saving up."""
LONG = Rest({"sqlite": 28, "postgresql": 0.5}, longest=2)
"""After a twentieth of a second or so, because much at once costs less: few who come meet it."""
LONGER = Rest({"sqlite": 80, "postgresql": 0.5}, longest=3)
"""The same, where other writers of the worker's have their rests at the same time."""

_ALONE = "lanyard_alone"
"""The execution option of an engine beside which nobody signs in."""

_writing = threading.Lock()
"""Held while a thread of this process writes to SQLite: the others' work would only make it last longer."""


def without_rests(engine: Engine) -> Engine:
    """The same database, where one transaction follows the other: nobody signs in for whom one would rest.

    It is so where time is simulated, and whoever signs in does it between two runs of the worker.
    """
    return engine.execution_options(**{_ALONE: True})


@contextmanager
def unhurried_transaction(engine: Engine, rest: Rest = SHORT) -> Iterator[Session]:
    """A transaction of its own that writes, as ``app.database.transaction``; afterwards it rests.

    It begins at once, so that waiting for other writers is not counted as writing; nor is copying what was
    committed from SQLite's journal, which keeps up nobody.
    """
    turn = _writing if engine.dialect.name == "sqlite" else nullcontext()
    with turn, transaction(engine) as session:
        session.connection()
        began = time.monotonic()
        yield session
    wrote = time.monotonic() - began
    checkpoint_wal(engine)
    if not engine.get_execution_options().get(_ALONE):
        time.sleep(min(rest.times[engine.dialect.name] * wrote, rest.longest))


def until_somebody_waits(engine: Engine, pieces: deque[Piece]) -> Iterator[Piece]:
    """Take from the front what one transaction writes: on SQLite all, unless another process comes to write.

    Who comes meanwhile waits for a piece and the commit. On PostgreSQL it is one piece.
    """
    yield pieces.popleft()
    while engine.dialect.name == "sqlite" and pieces and not somebody_waits(engine):
        yield pieces.popleft()


def wait_until_written() -> None:
    """Return when no thread of this process writes so to SQLite, or has just ended."""
    with _writing:
        pass

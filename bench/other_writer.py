"""How long whoever signs in waits to write, while something else writes much."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy import Engine, update
from sqlmodel import col

from app.database import transaction
from profiles.versions.models import Version

EVERY_SECONDS = 0.1
_KIND = "bench"


@contextmanager
def other_writer(engine: Engine) -> Iterator[list[float]]:
    """A small write again and again: the seconds from the beginning of each until it was committed.

    They are whole when the block ends.
    """
    seconds: list[float] = []
    ended = Event()
    with transaction(engine) as session:
        session.merge(Version(kind=_KIND, version=""))

    def write() -> None:
        while not ended.wait(EVERY_SECONDS):
            started = time.perf_counter()
            with transaction(engine) as session:
                session.execute(
                    update(Version).where(col(Version.kind) == _KIND).values(version=str(started))
                )
            seconds.append(time.perf_counter() - started)

    thread = Thread(target=write, name="other writer")
    thread.start()
    try:
        yield seconds
    finally:
        ended.set()
        thread.join()

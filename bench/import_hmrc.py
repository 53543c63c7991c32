"""How long whole departments take to import: the real command, as a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.database import create_engine, transaction
from app.demo.organisations import load_organisations
from bench.department_files import DEPARTMENTS, Department, department_file
from bench.report import TOP, Measure

LIMIT_SECONDS = 60
LIMIT_MEGABYTES = 500


@dataclass(frozen=True)
class Imported:
    """What an import took from the start of the process to its end; its own processor time and memory."""

    people: int
    seconds: float
    processor_seconds: float
    megabytes: float
    published: bool


def make_organisations(database_url: str) -> None:
    """Make the departments in an empty database."""
    engine = create_engine(database_url)
    with transaction(engine) as session:
        load_organisations(session, datetime.now(UTC))
    engine.dispose()


def measure_hmrc(database_url: str, folder: Path, *, limited: bool) -> tuple[list[Measure], bool]:
    """Import HMRC's file; whether it was the published one comes along."""
    imported = import_department(database_url, DEPARTMENTS[0], folder)
    job = f"import of {imported.people:,} people, {'SQLite' if limited else 'PostgreSQL'}"
    return [
        Measure(job, "time", round(imported.seconds, 1), "s", at_most=LIMIT_SECONDS if limited else None),
        Measure(job, "processor time", round(imported.processor_seconds, 1), "s"),
        Measure(job, "memory", round(imported.megabytes), "MB", at_most=LIMIT_MEGABYTES if limited else None),
        Measure(job, "rate", round(imported.people / imported.seconds), "people/s"),
    ], imported.published


def import_others(database_url: str, folder: Path) -> int:
    """Import the other departments, and say how many people they are."""
    return sum(import_department(database_url, one, folder).people for one in DEPARTMENTS[1:])


def import_department(database_url: str, department: Department, folder: Path) -> Imported:
    """Run the command. Raises RuntimeError with what it said when it failed, or imported another number."""
    file, published = department_file(department, folder)
    arguments = ["organograms", "import", str(file), "--organisation", department.code, "--json"]
    ran = run_command(arguments, database_url, folder)
    people = json.loads(ran.answer)["people"]
    if people != department.people:
        raise RuntimeError(f"{people} people were imported, not {department.people}")
    return Imported(people, ran.seconds, ran.processor_seconds, ran.megabytes, published)


@dataclass(frozen=True)
class Ran:
    """What a command took, and what it printed."""

    seconds: float
    processor_seconds: float
    megabytes: float
    answer: str


def run_command(
    arguments: Sequence[str], database_url: str, folder: Path, settings: Mapping[str, str] | None = None
) -> Ran:
    """Run ``lanyard`` with these. Raises RuntimeError when it failed."""
    consumption = folder / "import.json"
    command = [
        sys.executable,
        "-m",
        "bench.consumption",
        str(consumption),
        sys.executable,
        "-m",
        "app.commands",
        *arguments,
    ]
    environment = os.environ | dict(settings or {})
    environment |= {
        "LANYARD_ENVIRONMENT": "development",
        "LANYARD_VAR": str(folder),
        "LANYARD_DATABASE_URL": database_url,
    }
    output = folder / "import.out"
    started = time.perf_counter()
    with output.open("wb") as target:
        failed = subprocess.call(command, cwd=TOP, env=environment, stdout=target, stderr=subprocess.STDOUT)
    seconds = time.perf_counter() - started
    answer = output.read_text(encoding="utf-8")
    if failed:
        raise RuntimeError(f"the import failed:\n{answer}")
    taken = json.loads(consumption.read_text(encoding="utf-8"))
    return Ran(seconds, taken["processor_seconds"], taken["megabytes"], answer)

"""What was measured, as a table and as a file; a limit must be met, a goal is reported."""

import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

TOP = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Measure:
    """One number. ``at_most`` and ``at_least`` are limits: without any it is reported only."""

    job: str
    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether it keeps its limits."""
        too_high = self.at_most is not None and self.value > self.at_most
        too_low = self.at_least is not None and self.value < self.at_least
        return not (too_high or too_low)

    @property
    def limit(self) -> str:
        """The limit in words, empty without one."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} {self.unit}"
        return f"at least {self.at_least:g} {self.unit}" if self.at_least is not None else ""


def percentiles(
    job: str, seconds: Sequence[float], *, of: str = "", p95_at_most: float | None = None
) -> list[Measure]:
    """The 50th, 95th and 99th percentile, in milliseconds, as is the limit; ``of`` says of what."""
    ordered = sorted(seconds)
    return [
        Measure(
            job,
            f"{of}p{percent}",
            round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 3),
            "ms",
            at_most=p95_at_most if percent == 95 else None,
        )
        for percent in (50, 95, 99)
    ]


class Result(Protocol):
    """What was found about one job that has figures of its own."""

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file of results."""


def show(measures: Sequence[Measure]) -> None:
    """Print the table."""
    table = Table(title="Measured", title_justify="left")
    for name in ("Job", "What", "Value", "Limit", ""):
        table.add_column(name, justify="right" if name == "Value" else "left")
    previous = ""
    for measure in measures:
        verdict = ("met" if measure.met else "MISSED") if measure.limit else ""
        job = measure.job if measure.job != previous else ""
        table.add_row(job, measure.what, f"{measure.value:,g} {measure.unit}", measure.limit, verdict)
        previous = measure.job
    Console(highlight=False).print(table)


def show_notes(notes: Sequence[str]) -> None:
    """Print what one must know to read the tables."""
    console = Console(highlight=False)
    for note in notes:
        console.print(f"Note: {note}")


def write(
    file: Path,
    measures: Sequence[Measure],
    compared: Sequence[Result],
    sign_ins: Sequence[Result],
    notes: Sequence[str],
    *,
    full: bool,
    seconds: float,
    counterpart: Mapping[str, str],
) -> None:
    """Write everything that was measured, and on what, as JSON."""
    results = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "full": full,
        "seconds": round(seconds, 1),
        "machine": {**machine_facts(), **counterpart},
        "notes": list(notes),
        "measures": [
            {name: value for name, value in asdict(measure).items() if value is not None}
            | {"met": measure.met}
            for measure in measures
        ],
        "sign_ins": [one.as_json() for one in sign_ins],
        "comparison": [one.as_json() for one in compared],
    }
    file.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def machine_facts() -> dict[str, Any]:
    """What the numbers depend on; nothing that names the machine."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "python_of_the_system": sys.base_prefix == "/usr",
        "implementation": sys.implementation.name,
        "sqlite": sqlite3.sqlite_version,
    }


def is_busy() -> bool:
    """Whether other programs keep half of the machine busy."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) / 2


def disk_milliseconds(folder: Path, times: int = 100) -> float:
    """The median time until 8 KiB are on the disk: the least that a durable commit waits."""
    taken = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(times):
            file.write(bytes(8192))
            started = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - started)
    return round(median(taken) * 1000, 2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _commit() -> str:
    """The commit that was measured, with a plus where files differ from it; empty outside a repository."""
    git = ["git", "-C", str(TOP)]
    try:
        commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        changes = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results.json"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit.stdout.strip() + ("+" if changes.stdout.strip() else "")

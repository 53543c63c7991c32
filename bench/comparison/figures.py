"""What the repetitions amount to: medians, percentiles and ratios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.load import Burst
from bench.report import percentiles

LEAST_WIDTH = 100
FLOOR = 0.8
GOAL = 1.2
UNITS = {"rate": "1/s", "p50": "ms", "p95": "ms", "p99": "ms", "processor": "ms", "database": "ms"}
"""What is measured; ``processor`` and ``database`` are processor time of the provider and of PostgreSQL."""


@dataclass(frozen=True)
class Compared:
    """One job on both providers: the same figures of each. Of the rate alone, more is better."""

    job: str
    database: str
    ours: Mapping[str, float]
    theirs: Mapping[str, float]
    floor: float | None = None

    @property
    def ratios(self) -> dict[str, float]:
        """Ours divided by theirs."""
        both = [name for name in self.ours if name in self.theirs]
        return {name: round(self.ours[name] / self.theirs[name], 2) for name in both}

    @property
    def met(self) -> bool:
        """Whether we are at least as fast as we must be."""
        return self.floor is None or self.ratios["rate"] >= self.floor

    def as_json(self) -> dict[str, Any]:
        """What stands in the file of results."""
        limit = {} if self.floor is None else {"floor": self.floor, "goal": GOAL}
        return {
            "job": self.job,
            "database": self.database,
            "lanyard": self.ours,
            "oidc_provider": self.theirs,
            "ratio": self.ratios,
            **limit,
            "met": self.met,
        }


def summary(bursts: Sequence[Burst]) -> dict[str, float]:
    """The median rate (1/s) and processor time (ms) of the repetitions, percentiles (ms) of all visits.

    What is too little to be measured is left out.
    """
    latencies = [latency for burst in bursts for latency in burst.latencies]
    figures = {
        "rate": round(median(burst.rate for burst in bursts), 1),
        **{one.what: one.value for one in percentiles("", latencies)},
        "processor": round(median(burst.server_milliseconds for burst in bursts), 3),
        "database": round(median(burst.database_milliseconds for burst in bursts), 3),
    }
    return {name: value for name, value in figures.items() if value}


def other_load(bursts: Mapping[str, Sequence[Burst]]) -> float:
    """The largest share of the other core that driver and database server needed in any burst."""
    return max(burst.other_load for repetitions in bursts.values() for burst in repetitions)


def show(compared: Sequence[Compared]) -> None:
    """Print three lines a job: ours, theirs, and ours divided by theirs."""
    console = Console(highlight=False)
    console.width = max(console.width, LEAST_WIDTH)
    for database in dict.fromkeys(one.database for one in compared):
        table = Table(title=f"Lanyard and npm oidc-provider on {database}", title_justify="left")
        table.add_column("Job")
        for name, unit in UNITS.items():
            table.add_column(f"{name}\n{unit}", justify="right")
        here = [one for one in compared if one.database == database]
        for one in here:
            table.add_row(f"[bold]{one.job}[/bold]")
            table.add_row("  Lanyard", *_cells(one.ours))
            table.add_row("  oidc-provider", *_cells(one.theirs))
            table.add_row("  ratio", *_cells(one.ratios), end_section=True)
        console.print(table)
        for verdict in filter(None, map(_verdict, here)):
            console.print(verdict)


def _cells(figures: Mapping[str, float]) -> list[str]:
    return [f"{figures[name]:,g}" if name in figures else "" for name in UNITS]


def _verdict(one: Compared) -> str:
    if one.floor is None:
        return ""
    ratio = one.ratios["rate"]
    met = "met" if one.met else "MISSED"
    reached = "reached" if ratio >= GOAL else "not reached"
    return f"{one.job}, {one.database}: ratio {ratio:g}; floor {one.floor:g} {met}, goal {GOAL:g} {reached}."

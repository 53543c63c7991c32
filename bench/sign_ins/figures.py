"""What sign-ins amount to: rates, percentiles, and whose processor time it was."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.load import Burst
from bench.report import percentiles
from bench.sign_ins.arrivals import Morning

GOAL = 200
"""Sign-ins a second on two cores, in bursts, without an error. A goal: reported, never asserted."""
UNITS = {
    "rate": "1/s",
    "p50": "ms",
    "p95": "ms",
    "p99": "ms",
    "processor": "ms",
    "postgresql": "ms",
    "driver": "ms",
    "upstream": "ms",
}
"""Processor time is for one sign-in, and each program's own: ``processor`` is Lanyard's."""


@dataclass(frozen=True)
class SignIns:
    """One way of signing in on one kind of database."""

    job: str
    database: str
    figures: Mapping[str, float]
    goal: float | None = None

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file of results."""
        goal = {} if self.goal is None else {"goal": self.goal}
        return {"job": self.job, "database": self.database, **self.figures, **goal}


def of_burst(job: str, database: str, burst: Burst) -> SignIns:
    """Callers who came again and again; what nobody used is left out."""
    processor = {
        "processor": burst.server_milliseconds,
        "postgresql": burst.database_milliseconds,
        "driver": burst.driver_milliseconds,
        "upstream": burst.upstream_milliseconds,
    }
    used = {name: round(value, 2) for name, value in processor.items() if value}
    return SignIns(job, database, {"rate": round(burst.rate, 1), **_percentiles(burst.latencies), **used})


def of_morning(morning: Morning, cores: Mapping[str, float] | None = None) -> dict[str, float]:
    """People who arrived by the clock; ``cores`` are those that each program kept busy."""
    return {
        "asked": round(morning.arrivals / morning.seconds, 1),
        "rate": round(morning.rate, 1),
        "errors": morning.errors,
        "not_served": morning.not_served,
        **_percentiles(morning.latencies),
        **{f"{name}_cores": round(value, 2) for name, value in (cores or {}).items()},
    }


def show(found: Sequence[SignIns]) -> None:
    """Print the table."""
    table = Table(title="Sign-ins", title_justify="left")
    for name in ("Job", "Database", "Figures"):
        table.add_column(name)
    for one in found:
        table.add_row(one.job, one.database, ", ".join(_words(one)))
    Console(highlight=False).print(table)


def _words(one: SignIns) -> Iterable[str]:
    for name, value in one.figures.items():
        yield f"{name.replace('_', ' ')} {value:g} {UNITS.get(name, '')}".strip()
    if one.goal is not None:
        yield f"goal {one.goal:g} 1/s"


def _percentiles(latencies: Sequence[float]) -> dict[str, float]:
    return {one.what: one.value for one in percentiles("", latencies)} if latencies else {}

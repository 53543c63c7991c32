"""The published organograms where they are at hand; otherwise files of the same size that we make up."""

import csv
import io
import os
import random
from dataclasses import dataclass
from pathlib import Path

from bench.report import TOP
from profiles.imports.organograms.mappings import mapping_of
from profiles.imports.organograms.reading import COLUMNS


@dataclass(frozen=True)
class Department:
    """A department's published file: its name, and how large it is."""

    code: str
    name: str
    rows: int
    people: int


DEPARTMENTS = (
    Department("HMRC", "hmrc-2013-09-30-junior.csv", 5107, 63148),
    Department("HO", "home-office-2013-09-30-junior.csv", 1387, 23368),
    Department("DWP", "dwp-2013-09-30-junior.csv", 2155, 89284),
    Department("DECC", "decc-2013-09-30-junior.csv", 324, 1372),
)


def department_file(department: Department, folder: Path) -> tuple[Path, bool]:
    """The department's file, and whether it is the published one; a made-up one is written to ``folder``."""
    for place in (os.environ.get("LANYARD_ORGANOGRAMS"), TOP.parent / "shared" / "organograms"):
        if place and (published := Path(place) / department.name).is_file():
            return published, True
    made = folder / department.name
    made.write_text(synthetic(department), encoding="utf-8", newline="")
    return made, False


def synthetic(department: Department) -> str:
    """A file with as many rows and people as the published one, the same every time."""
    chance = random.Random(department.code)
    labels = sorted(mapping_of(department.code))
    sizes = [1] * department.rows
    # A few groups are very large, as in the published files.
    weights = [chance.paretovariate(0.8) for _ in sizes]
    for row in chance.choices(range(department.rows), weights, k=department.people - department.rows):
        sizes[row] += 1
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for size in sizes:
        minimum = chance.randrange(15_000, 60_000)
        fraction = chance.choice((0.0, 0.0, 0.0, 0.4))
        writer.writerow(
            (
                department.code,
                department.code,
                f"Unit {chance.randrange(40)}",
                f"P{chance.randrange(300)}",
                chance.choice(labels),
                minimum,
                minimum + chance.randrange(12_000),
                f"Job {chance.randrange(60)}",
                round(size - fraction, 2),
                "Operational Delivery",
            )
        )
    return text.getvalue()

"""What departments' own grades mean in common grades: data files, one a department.

A mapping may say that a label has no common grade (``Contractor``); a label that it does not name is unknown.
"""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from profiles.errors import Invalid
from profiles.organisations.grades import CommonGrade

MAPPINGS = files("profiles.imports.organograms") / "mappings"


class UnmappedLabels(Invalid):
    """Labels that neither the shipped mapping nor the organisation's own record knows."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.labels = tuple(labels)
        listed = "\n".join(f"  {label}" for label in self.labels)
        super().__init__(f"These grades are not mapped to a common grade:\n{listed}")


@cache
def mapping_of(code: str) -> Mapping[str, CommonGrade | None]:
    """The shipped mapping of the organisation with this code; empty where none ships."""
    for file in MAPPINGS.iterdir():
        if file.name == f"{code}.csv":
            rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
            return {
                row["label"]: CommonGrade(row["common_grade"]) if row["common_grade"] else None
                for row in rows
            }
    return {}


def meanings(
    labels: Iterable[str],
    code: str,
    recorded: Mapping[str, CommonGrade | None],
    *,
    allow_unmapped: bool,
) -> dict[str, CommonGrade | None]:
    """What each label means: as the organisation has recorded it, else as the shipped mapping says.

    Raises UnmappedLabels unless ``allow_unmapped``, which gives the others no common grade.
    """
    known = {**mapping_of(code), **recorded}
    wanted = list(labels)
    unknown = [label for label in wanted if label not in known]
    if unknown and not allow_unmapped:
        raise UnmappedLabels(unknown)
    return {label: known.get(label) for label in wanted}

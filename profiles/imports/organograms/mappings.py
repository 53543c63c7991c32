"""What departments' own grades mean in common grades: data files, one a department.

A mapping may say that a label has no common grade (``Contractor``); a label that it does not name is unknown.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from profiles.errors import Invalid
from profiles.organisations.grades import CommonGrade

MAPPINGS = files("profiles.imports.organograms") / "mappings"


class UnmappedLabels(Invalid):
    """Labels that neither the shipped mapping nor the organisation's own record knows."""

    def __init__(self, labels: Mapping[str, int]) -> None:
        """With how many people hold each."""
        self.labels = dict(labels)
        listed = "\n".join(f"  {label}: {people:,}" for label, people in self.labels.items())
        super().__init__(
            f"These grades are not mapped to a common grade, with how many people hold each:\n{listed}"
        )


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


def unknown_of(
    labels: Mapping[str, int], code: str, recorded: Mapping[str, CommonGrade | None]
) -> dict[str, int]:
    """The labels of which nobody has said what they mean."""
    return {
        label: people
        for label, people in labels.items()
        if label not in recorded and label not in mapping_of(code)
    }


def meanings(
    labels: Mapping[str, int],
    code: str,
    recorded: Mapping[str, CommonGrade | None],
    *,
    allow_unmapped: bool,
) -> dict[str, CommonGrade | None]:
    """What each label means: as the organisation has recorded it, else as the shipped mapping says.

    Raises UnmappedLabels unless ``allow_unmapped``, which gives the others no common grade.
    """
    known = {**mapping_of(code), **recorded}
    unknown = unknown_of(labels, code, recorded)
    if unknown and not allow_unmapped:
        raise UnmappedLabels(unknown)
    return {label: known.get(label) for label in labels}

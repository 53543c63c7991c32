"""The common grades of the Civil Service, lowest first; every organisation maps its own labels onto them."""

from enum import StrEnum


class CommonGrade(StrEnum):
    """A grade that means the same in every department."""

    AA = "AA"
    AO = "AO"
    EO = "EO"
    HEO = "HEO"
    SEO = "SEO"
    G7 = "G7"
    G6 = "G6"
    SCS1 = "SCS1"
    SCS1A = "SCS1A"
    SCS2 = "SCS2"
    SCS3 = "SCS3"
    PERMANENT_SECRETARY = "Permanent Secretary"

    @property
    def rank(self) -> int:
        """The place on the ladder: AA is 0."""
        return _LADDER[self]


_LADDER = {grade: rank for rank, grade in enumerate(CommonGrade)}


def between(grade: CommonGrade | None, lowest: CommonGrade | None, highest: CommonGrade | None) -> bool:
    """Whether a grade lies in a range, ends included; no grade lies only in the range without ends."""
    if grade is None:
        return lowest is None and highest is None
    return (lowest is None or lowest.rank <= grade.rank) and (highest is None or grade.rank <= highest.rank)

"""Invents the people of an organogram: the same file gives the same people, whenever and wherever.

Everything is drawn from a hash of the file's content, the line of the group and the person's number in it.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from profiles.imports.organograms.reading import Group

WORDS = files("profiles.imports.organograms") / "words"

LONGEST_SERVICE_DAYS = 38 * 365
LONGEST_POSTING_DAYS = 9 * 365


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """One person of a group. ``salary_pence`` is the full-time salary, None where no scale is published."""

    given_name: str
    family_name: str
    continuous_service_from: date
    posted_from: date
    salary_pence: int | None
    fte_thousandths: int


class _Draw:
    """Whole numbers out of one hash; enough for the few that a person needs."""

    __slots__ = ("_rest",)

    def __init__(self, seed: str) -> None:
        self._rest = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=32).digest())

    def below(self, limit: int) -> int:
        self._rest, drawn = divmod(self._rest, limit)
        return drawn


def invent(content_hash: str, group: Group, number: int, snapshot: date) -> InventedPerson:
    """The person with this number (from 0) in a group, in post on the day of the snapshot."""
    draw = _Draw(f"{content_hash}:{group.line}:{number}")
    given, family = words("given_names"), words("family_names")
    service_days = 30 + min(draw.below(LONGEST_SERVICE_DAYS), draw.below(LONGEST_SERVICE_DAYS))
    posted_days = 1 + draw.below(min(service_days, LONGEST_POSTING_DAYS))
    last = number == group.people - 1
    return InventedPerson(
        given_name=given[draw.below(len(given))],
        family_name=family[draw.below(len(family))],
        continuous_service_from=snapshot - timedelta(days=service_days),
        posted_from=snapshot - timedelta(days=posted_days),
        salary_pence=_salary(draw, group),
        fte_thousandths=group.thousandths - number * 1000 if last else 1000,
    )


def _salary(draw: _Draw, group: Group) -> int | None:
    """An amount within the published scale, in whole pounds above its minimum."""
    if group.minimum_pence is None or group.maximum_pence is None:
        return None
    return group.minimum_pence + 100 * draw.below((group.maximum_pence - group.minimum_pence) // 100 + 1)


@cache
def words(name: str) -> tuple[str, ...]:
    """A shipped list of words, in its order."""
    return tuple((WORDS / f"{name}.txt").read_text(encoding="utf-8").split())

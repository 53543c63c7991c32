"""Numbers as exact as their reader may know them: in a small team a number is a name."""

from dataclasses import dataclass

FEWEST = 10
"""Fewer are not counted out, and more are rounded to tens, for who may not open the moves themselves."""


@dataclass(frozen=True)
class Count:
    """How many; where it is ``fewer``, fewer than ``value``, and not none."""

    value: int
    fewer: bool = False


@dataclass(frozen=True)
class Share:
    """So many of so many. ``percent`` is the most that it can be where the part is not counted out."""

    part: Count
    base: Count
    percent: float


@dataclass(frozen=True)
class Discretion:
    """How exactly one reader is told: who may open each of the moves counts them anyhow."""

    exact: bool

    def count(self, number: int) -> Count:
        """The number as it may be said. None at all is said to everybody: it is what the goals ask."""
        if self.exact or number == 0:
            return Count(number)
        return Count(FEWEST, fewer=True) if number < FEWEST else Count(round(number, -1))

    def share(self, part: int, base: int) -> Share | None:
        """The share of a part; None where there is nothing of which it is one, or too little to say."""
        if base == 0 or not self.tells_about(base):
            return None
        told, of = self.count(part), self.count(base)
        return Share(told, of, round(100 * told.value / of.value, 2))

    def tells_about(self, number: int) -> bool:
        """Whether there are enough for a median or a share of them."""
        return self.exact or number >= FEWEST

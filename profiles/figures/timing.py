"""The median of a step of a move, and within how long nine in ten of them are done.

The database counts them by whole hours, so that a year of moves comes out as a few hundred numbers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel

from profiles.figures.between import hours_between
from profiles.figures.counts import Count, Discretion
from profiles.figures.scope import Period

HOURS_OF_A_DAY = 24
Step = TypeVar("Step", bound=StrEnum)
Passages = Mapping[Step, tuple[StrEnum, StrEnum | None]]
"""For each step the state that is left with it and the one that follows, None for any."""


@dataclass(frozen=True)
class Duration:
    """Civil days of 24 hours, to the hour, over so many; None where there are too few to tell."""

    count: Count
    median_days: float | None
    nine_in_ten_days: float | None


def told_durations(
    session: Session, queries: Iterable[Select[Any, Any]], steps: Iterable[Step], told: Discretion
) -> dict[Step, Duration]:
    """The duration of each step whose name and hours the queries find, in the order of ``steps``."""
    found: dict[str, dict[int, int]] = {}
    for query in queries:
        step, hours = query.selected_columns
        for name, took, number in session.execute(query.add_columns(func.count()).group_by(step, hours)):
            found.setdefault(name, {})[took] = number
    return {step: _duration(found[step.value], told) for step in steps if step.value in found}


def step_and_hours(step: StrEnum, since: Any, until: Any) -> tuple[Any, Any]:
    """The columns of such a query."""
    return literal(step.value).label("step"), hours_between(since, until).label("hours")


@dataclass(frozen=True)
class Trail:
    """The changes of state of loans or bulk moves that lie in a period: rows of ``of`` and ``history``.

    ``key`` is the column of the history that names what changed; ``scope`` holds of what is counted.
    """

    of: Any
    history: type[SQLModel]
    key: str
    scope: ColumnElement[bool]
    period: Period

    def left(self, passages: Passages[Step]) -> Select[Any, Any]:
        """Each time that a state was left, and how long it had lasted since it came about last."""
        out, into = self._steps(), self._steps()
        entered = (
            select(func.max(into.at))
            .where(
                getattr(into, self.key) == getattr(out, self.key),
                into.to_state == out.from_state,
                into.at <= out.at,
                into.id != out.id,
            )
            .scalar_subquery()
        )
        which = {
            step: and_(out.from_state == before, true() if after is None else out.to_state == after)
            for step, (before, after) in passages.items()
        }
        name = case(*((found, step.value) for step, found in which.items())).label("step")
        hours = hours_between(func.coalesce(entered, self.of.created_at), out.at).label("hours")
        return self._query(out, or_(*which.values())).add_columns(name, hours)

    def reached(
        self, state: StrEnum, step: StrEnum, *, since: Any = None, until: Any = None
    ) -> Select[Any, Any]:
        """Each time that it came to a state: from a moment until then, or from then until a moment."""
        into = self._steps()
        ends = (into.at if one is None else one for one in (since, until))
        return self._query(into, into.to_state == state).add_columns(*step_and_hours(step, *ends))

    def _steps(self) -> Any:
        return aliased(self.history)

    def _query(self, step: Any, which: ColumnElement[bool]) -> Select[Any]:
        return (
            select()
            .select_from(self.of)
            .join(step, getattr(step, self.key) == self.of.id)
            .where(which, self.period.holds(step.at), self.scope)
        )


def _duration(hours: Mapping[int, int], told: Discretion) -> Duration:
    number = sum(hours.values())
    if not told.tells_about(number):
        return Duration(told.count(number), None, None)
    return Duration(told.count(number), _days(hours, 0.5, number), _days(hours, 0.9, number))


def _days(hours: Mapping[int, int], share: float, number: int) -> float:
    """Within how many days such a share of them was done, by whole hours."""
    seen = 0
    for hour in sorted(hours):
        seen += hours[hour]
        if seen >= share * number:
            return round(hour / HOURS_OF_A_DAY, 1)
    raise AssertionError("a share is at most one")

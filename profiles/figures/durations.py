"""How long the steps of a move take: the median, and within how long nine in ten are done.

The database counts them by whole hours, so that a year of moves comes out as a few hundred numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, String, func, literal, select, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.figures.between import hours_between
from profiles.figures.counts import Count, Discretion
from profiles.figures.scope import Period, Scope
from profiles.transfers.models import (
    TaskKind,
    Transfer,
    TransferInterruption,
    TransferState,
    TransferStep,
    TransferTask,
)

HOURS_OF_A_DAY = 24


class Stage(StrEnum):
    """The parts of the way of a move, beside its tasks."""

    AGREEING = "agreeing"
    """From the offer until both departments have agreed."""
    AHEAD = "ahead"
    """From there to the start date: how long before it everything was settled."""
    PAYING = "paying"
    """From the start date until payroll has confirmed the first pay, leave and pension."""
    STANDING_STILL = "standing_still"
    """Each time on hold or blocked."""


Step = Stage | TaskKind


@dataclass(frozen=True)
class Duration:
    """Civil days of 24 hours, to the hour, over so many; None where there are too few to tell."""

    count: Count
    median_days: float | None
    nine_in_ten_days: float | None


def durations(session: Session, scope: Scope, period: Period, told: Discretion) -> dict[Step, Duration]:
    """How long each step took that was finished in the period, also of moves that came to nothing later.

    What was agreed again, for other dates, counts each time, from the offer on.
    """
    found: dict[str, dict[int, int]] = {}
    for query in _finished(scope, period):
        step, hours = query.selected_columns
        for name, took, number in session.execute(query.add_columns(func.count()).group_by(step, hours)):
            found.setdefault(name, {})[took] = number
    return {step: _duration(found[step.value], told) for step in (*Stage, *TaskKind) if step.value in found}


def _finished(scope: Scope, period: Period) -> list[Select[Any, Any]]:
    """Of everything that was finished: the step and the hours."""
    agreed, paid = aliased(TransferStep), aliased(TransferStep)
    stopped = TransferInterruption
    return [
        _reached(TransferState.SCHEDULED, agreed, scope, period).add_columns(
            *_hours(Stage.AGREEING, col(Transfer.created_at), col(agreed.at))
        ),
        _reached(TransferState.SCHEDULED, agreed, scope, period).add_columns(
            *_hours(Stage.AHEAD, col(agreed.at), col(Transfer.join_at))
        ),
        _reached(TransferState.COMPLETED, paid, scope, period).add_columns(
            *_hours(Stage.PAYING, col(Transfer.join_at), col(paid.at))
        ),
        select(*_hours(Stage.STANDING_STILL, col(stopped.began_at), col(stopped.ended_at)))
        .select_from(stopped)
        .where(period.holds(col(stopped.ended_at)), scope.has(col(stopped.transfer_id))),
        select(
            type_coerce(col(TransferTask.kind), String()).label("step"),
            col(TransferTask.took_hours).label("hours"),
        ).where(
            period.holds(col(TransferTask.done_at)),
            col(TransferTask.took_hours).is_not(None),
            scope.has(col(TransferTask.transfer_id)),
        ),
    ]


def _reached(state: TransferState, step: Any, scope: Scope, period: Period) -> Select[Any]:
    """Each time that a move came to a state in the period."""
    return (
        select()
        .select_from(Transfer)
        .join(step, col(step.transfer_id) == col(Transfer.id))
        .where(col(step.to_state) == state, period.holds(col(step.at)), scope.either())
    )


def _hours(stage: Stage, since: Any, until: Any) -> tuple[Any, Any]:
    return literal(stage.value).label("step"), hours_between(since, until).label("hours")


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

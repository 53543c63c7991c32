"""How long the steps of a move take: the median, and within how long nine in ten are done.

The database counts them by whole hours, so that a year of moves comes out as a few hundred numbers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, String, func, literal, select, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.figures.between import hours_between
from profiles.figures.counts import Count, Discretion
from profiles.figures.scope import Period, Scope
from profiles.loans.models import Loan, LoanState, LoanStep
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


class LoanStage(StrEnum):
    """The parts of the way of a loan."""

    AGREEING = "loan_agreeing"
    """From the draft until all have signed and it is recorded."""
    STANDING_STILL = "loan_standing_still"
    """Each time on hold."""
    EXTENDING = "loan_extending"
    """Each extension, from the proposal until it is agreed or comes to nothing."""
    LENT = "loan_lent"
    """From the first day at the host until home has confirmed the return."""


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
    found = _counted(session, _finished(scope, period))
    return {step: _duration(found[step.value], told) for step in (*Stage, *TaskKind) if step.value in found}


def loan_durations(
    session: Session, scope: Scope, period: Period, told: Discretion
) -> dict[LoanStage, Duration]:
    """The same of the loans that the reader's organisations know of."""
    found = _counted(session, _finished_loans(scope, period))
    return {step: _duration(found[step.value], told) for step in LoanStage if step.value in found}


def _counted(session: Session, queries: Iterable[Select[Any, Any]]) -> dict[str, dict[int, int]]:
    """For each step, how many took how many hours."""
    found: dict[str, dict[int, int]] = {}
    for query in queries:
        step, hours = query.selected_columns
        for name, took, number in session.execute(query.add_columns(func.count()).group_by(step, hours)):
            found.setdefault(name, {})[took] = number
    return found


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


def _finished_loans(scope: Scope, period: Period) -> list[Select[Any, Any]]:
    agreed, back = aliased(LoanStep), aliased(LoanStep)
    return [
        _loans_reached(agreed, col(agreed.to_state) == LoanState.SCHEDULED, scope, period).add_columns(
            *_hours(LoanStage.AGREEING, col(Loan.created_at), col(agreed.at))
        ),
        _loans_left(LoanState.ON_HOLD, LoanStage.STANDING_STILL, scope, period),
        _loans_left(LoanState.EXTENSION_PENDING, LoanStage.EXTENDING, scope, period),
        _loans_reached(back, col(back.to_state) == LoanState.RETURNED, scope, period).add_columns(
            *_hours(LoanStage.LENT, col(Loan.begins_at), col(back.at))
        ),
    ]


def _loans_left(state: LoanState, stage: LoanStage, scope: Scope, period: Period) -> Select[Any, Any]:
    """Each time that a loan left a state in the period, and how long it had been in it."""
    out, into = aliased(LoanStep), aliased(LoanStep)
    entered = (
        select(func.max(col(into.at)))
        .where(
            col(into.loan_id) == col(out.loan_id), col(into.to_state) == state, col(into.at) <= col(out.at)
        )
        .scalar_subquery()
    )
    left = _loans_reached(out, col(out.from_state) == state, scope, period)
    return left.add_columns(*_hours(stage, entered, col(out.at)))


def _loans_reached(step: Any, which: Any, scope: Scope, period: Period) -> Select[Any, Any]:
    return (
        select()
        .select_from(Loan)
        .join(step, col(step.loan_id) == col(Loan.id))
        .where(which, period.holds(col(step.at)), scope.loans())
    )


def _hours(stage: Stage | LoanStage, since: Any, until: Any) -> tuple[Any, Any]:
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

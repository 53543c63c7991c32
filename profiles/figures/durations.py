"""How long the steps of a move take."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.figures.counts import Discretion
from profiles.figures.scope import Period, Scope
from profiles.figures.timing import Duration, step_and_hours, told_durations
from profiles.transfers.models import (
    TaskKind,
    Transfer,
    TransferInterruption,
    TransferState,
    TransferStep,
    TransferTask,
)


class Stage(StrEnum):
    """The parts of the way of a move, beside its tasks."""

    AGREEING = "agreeing"
    """From the offer until both departments have agreed."""
    AHEAD = "ahead"
    """From there to the start date: how long before it everything was settled."""
    PAYING = "paying"
    """From the start date until payroll has confirmed the first pay, leave and pension."""
    STANDING_STILL = "standing_still"
    """Each time on hold or blocked; what a move went on with stopped nothing, and is none of it."""


Step = Stage | TaskKind


def durations(session: Session, scope: Scope, period: Period, told: Discretion) -> dict[Step, Duration]:
    """How long each step took that was finished in the period, also of moves that came to nothing later.

    What was agreed again, for other dates, counts each time, from the offer on.
    """
    return told_durations(session, _finished(scope, period), (*Stage, *TaskKind), told)


def _finished(scope: Scope, period: Period) -> list[Select[Any, Any]]:
    """Of everything that was finished: the step and the hours."""
    agreed, paid = aliased(TransferStep), aliased(TransferStep)
    stopped = TransferInterruption
    return [
        _reached(TransferState.SCHEDULED, agreed, scope, period).add_columns(
            *step_and_hours(Stage.AGREEING, col(Transfer.created_at), col(agreed.at))
        ),
        _reached(TransferState.SCHEDULED, agreed, scope, period).add_columns(
            *step_and_hours(Stage.AHEAD, col(agreed.at), col(Transfer.join_at))
        ),
        _reached(TransferState.COMPLETED, paid, scope, period).add_columns(
            *step_and_hours(Stage.PAYING, col(Transfer.join_at), col(paid.at))
        ),
        select(*step_and_hours(Stage.STANDING_STILL, col(stopped.began_at), col(stopped.ended_at)))
        .select_from(stopped)
        .where(
            period.holds(col(stopped.ended_at)),
            col(stopped.ended_at) > col(stopped.began_at),
            scope.has(col(stopped.transfer_id)),
        ),
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

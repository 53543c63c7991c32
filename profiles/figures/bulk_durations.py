"""How long the steps of a bulk move take."""

from enum import StrEnum

from sqlmodel import Session, col

from profiles.bulk_moves.models import BulkMove, BulkMoveState, BulkMoveStep
from profiles.figures.counts import Discretion
from profiles.figures.scope import Period, Scope
from profiles.figures.timing import Duration, Trail, told_durations

S = BulkMoveState


class BulkStage(StrEnum):
    """The parts of the way of a bulk move."""

    AGREEING = "bulk_agreeing"
    """From the list, or its new start date, until both organisations have agreed."""
    LOOKING = "bulk_looking"
    """Lanyard looks at the records."""
    CONFIRMING = "bulk_confirming"
    RECORDING = "bulk_recording"
    """Lanyard records each move."""
    AHEAD = "bulk_ahead"
    """From there to the start date."""
    MOVING = "bulk_moving"
    """From the start date until everybody has moved."""
    PAYING = "bulk_paying"
    """From the start date until all first pays are right."""


_LEFT = {
    BulkStage.AGREEING: (S.LIST_DRAFTED, S.BOTH_AGREED),
    BulkStage.LOOKING: (S.BOTH_AGREED, S.VALIDATED),
    BulkStage.CONFIRMING: (S.VALIDATED, S.SCHEDULING),
    BulkStage.RECORDING: (S.SCHEDULING, S.SCHEDULED),
}


def bulk_durations(
    session: Session, scope: Scope, period: Period, told: Discretion
) -> dict[BulkStage, Duration]:
    """How long each took that was finished in the period, of the bulk moves of the organisations."""
    trail = Trail(BulkMove, BulkMoveStep, "bulk_move_id", scope.bulk_moves(), period)
    starts_at = col(BulkMove.starts_at)
    queries = [
        trail.left(_LEFT),
        trail.reached(S.SCHEDULED, BulkStage.AHEAD, until=starts_at),
        trail.reached(S.RECONCILING, BulkStage.MOVING, since=starts_at),
        trail.reached(S.COMPLETED, BulkStage.PAYING, since=starts_at),
    ]
    return told_durations(session, queries, BulkStage, told)

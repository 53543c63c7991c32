"""A list that nobody confirms does not hold its people for ever: it ends by itself, and lets them go."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as rows
from sqlmodel import Session, col, func, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import notices
from profiles.bulk_moves.models import BulkMove, BulkMoveState, BulkMoveStep
from profiles.bulk_moves.steps import audit, move_to

CONFIRM_WITHIN = timedelta(days=30)
"""Unless a setting says something else."""


def has_expired(now: datetime, confirm_within: timedelta) -> ColumnElement[bool]:
    """Which moves nobody confirmed in time: so long after the records were looked at, or by their day."""
    looked_at = (
        rows(func.max(col(BulkMoveStep.at)))
        .where(
            col(BulkMoveStep.bulk_move_id) == col(BulkMove.id),
            col(BulkMoveStep.to_state) == BulkMoveState.VALIDATED,
        )
        .scalar_subquery()
    )
    over = or_(col(BulkMove.starts_at) <= now, looked_at <= now - confirm_within)
    return and_(col(BulkMove.state) == BulkMoveState.VALIDATED, over)


def expires_at(session: Session, move: BulkMove, confirm_within: timedelta) -> datetime | None:
    """When a list ends unless somebody confirms it; None where it does not wait for that."""
    if move.state is not BulkMoveState.VALIDATED:
        return None
    query = select(func.max(col(BulkMoveStep.at))).where(
        col(BulkMoveStep.bulk_move_id) == move.id, col(BulkMoveStep.to_state) == BulkMoveState.VALIDATED
    )
    looked_at = session.exec(query).one()
    return move.starts_at if looked_at is None else min(move.starts_at, looked_at + confirm_within)


def expire(session: Session, move: BulkMove, now: datetime) -> None:
    """Begin to let its people go, and tell officers of both sides. Raises InvalidTransition, Conflict."""
    move_to(session, move, BulkMoveState.CANCELLING, now, None)
    audit(session, Event.BULK_MOVE_EXPIRED, move, None, now)
    notices.ended(session, move, now)

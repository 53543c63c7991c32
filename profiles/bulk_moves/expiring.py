"""A list that nobody agrees to, or confirms, does not wait for ever: it ends and lets its people go."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as rows
from sqlmodel import Session, col, func, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import notices
from profiles.bulk_moves.agreeing import let_all_go
from profiles.bulk_moves.models import BulkMove, BulkMoveState, BulkMoveStep
from profiles.bulk_moves.steps import audit, move_to

CONFIRM_WITHIN = timedelta(days=30)
"""Unless a setting says something else."""


def has_expired(now: datetime, confirm_within: timedelta) -> ColumnElement[bool]:
    """Which moves nobody confirmed in time: so long after the records were looked at, or by their day.

    A draft that its day has passed can have another one: it ends so long after its day.
    """
    looked_at = (
        rows(func.max(col(BulkMoveStep.at)))
        .where(
            col(BulkMoveStep.bulk_move_id) == col(BulkMove.id),
            col(BulkMoveStep.to_state) == BulkMoveState.VALIDATED,
        )
        .scalar_subquery()
    )
    over = or_(col(BulkMove.starts_at) <= now, looked_at <= now - confirm_within)
    state = col(BulkMove.state)
    return or_(
        and_(state == BulkMoveState.VALIDATED, over),
        and_(state == BulkMoveState.LIST_DRAFTED, col(BulkMove.starts_at) <= now - confirm_within),
    )


def expires_at(session: Session, move: BulkMove, confirm_within: timedelta) -> datetime | None:
    """When a list ends unless somebody confirms it, or gives a draft another day; None where it does not."""
    if move.state is BulkMoveState.LIST_DRAFTED:
        return move.starts_at + confirm_within
    if move.state is not BulkMoveState.VALIDATED:
        return None
    query = select(func.max(col(BulkMoveStep.at))).where(
        col(BulkMoveStep.bulk_move_id) == move.id, col(BulkMoveStep.to_state) == BulkMoveState.VALIDATED
    )
    looked_at = session.exec(query).one()
    return move.starts_at if looked_at is None else min(move.starts_at, looked_at + confirm_within)


def expire(session: Session, move: BulkMove, now: datetime) -> None:
    """Let its people go, or begin to, and tell officers of both sides. Raises InvalidTransition, Conflict."""
    drafted = move.state is BulkMoveState.LIST_DRAFTED
    move_to(session, move, BulkMoveState.CANCELLED if drafted else BulkMoveState.CANCELLING, now, None)
    if drafted:
        let_all_go(session, move)
    audit(session, Event.BULK_MOVE_EXPIRED, move, None, now)
    notices.ended(session, move, now)

"""The delivering side: messages are leased, delivered outside any transaction, then recorded.

A worker that dies between lease and record leaves the message to the next one when the lease has run out: a
message is delivered at least once, and never lost.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, null, or_, select, update
from sqlmodel import Session, col

from profiles.outbox.models import MessageKind, OutboxMessage

BACKOFF = tuple(timedelta(seconds=s) for s in (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600))
"""How long after each failed attempt the next one comes; the last repeats."""

GIVE_UP_AFTER = timedelta(days=3)
"""How long after it was written a message is no longer tried."""

Lane = UUID | None
"""Messages to one app (its id), or to no app: each is delivered without waiting for the others."""


def due_lanes(session: Session, now: datetime) -> list[Lane]:
    """The lanes in which a message is due, the one that waits longest first."""
    waiting = (
        select(col(OutboxMessage.app_id))
        .where(_claimable(now))
        .group_by(col(OutboxMessage.app_id))
        .order_by(func.min(col(OutboxMessage.due_at)))
    )
    return list(session.execute(waiting).scalars())


def claim(
    session: Session, now: datetime, *, lane: Lane, limit: int, lease: timedelta
) -> Sequence[OutboxMessage]:
    """Lease up to ``limit`` due messages of a lane, until ``now + lease``; nobody else gets them meanwhile.

    The one that is due first comes first. One UPDATE: on PostgreSQL claimers pass over each other's rows, on
    SQLite writers take turns. What had a lease before has been tried, whatever became of that.
    """
    first_sent = case((col(OutboxMessage.leased_until).is_not(None), now), else_=null())
    app = col(OutboxMessage.app_id)
    due = (
        select(col(OutboxMessage.id))
        .where(_claimable(now), app.is_(None) if lane is None else app == lane)
        .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")  # a subquery might be run again for each row, and then lock more than the limit
    )
    leased = (
        update(OutboxMessage)
        .where(col(OutboxMessage.id).in_(select(due.c.id)))
        .values(
            leased_until=now + lease,
            sent_at=func.coalesce(col(OutboxMessage.sent_at), first_sent),
        )
        .returning(OutboxMessage)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    # RETURNING has no order of its own.
    return sorted(session.execute(leased).scalars(), key=lambda one: (one.due_at, one.id))


def acknowledge(session: Session, message_id: UUID, now: datetime, *, forget_payload: bool = False) -> None:
    """The recipient has it, even when the lease has run out meanwhile; the first acknowledgement stays."""
    acknowledged = (
        update(OutboxMessage)
        .where(col(OutboxMessage.id) == message_id, col(OutboxMessage.acknowledged_at).is_(None))
        .values(
            acknowledged_at=now,
            sent_at=func.coalesce(col(OutboxMessage.sent_at), now),
            attempts=col(OutboxMessage.attempts) + 1,
            leased_until=null(),
            last_error="",
        )
    )
    if forget_payload:
        acknowledged = acknowledged.values(payload={})
    session.execute(acknowledged.execution_options(synchronize_session=False))


def fail(session: Session, message: OutboxMessage, now: datetime, error: str) -> None:
    """An attempt failed: try again later, or give up after three days.

    ``error`` is a short text of ours, never the recipient's. Nothing happens when the lease was lost, or the
    message was written off meanwhile.
    """
    delay = BACKOFF[min(message.attempts, len(BACKOFF) - 1)]
    gives_up = now + delay > message.created_at + GIVE_UP_AFTER
    session.execute(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.id) == message.id,
            col(OutboxMessage.leased_until) == message.leased_until,
            col(OutboxMessage.acknowledged_at).is_(None),
            col(OutboxMessage.write_off_id).is_(None),
        )
        .values(
            sent_at=func.coalesce(col(OutboxMessage.sent_at), now),
            attempts=message.attempts + 1,
            due_at=now + delay,
            leased_until=null(),
            given_up_at=now if gives_up else None,
            last_error=error,
        )
        .execution_options(synchronize_session=False)
    )


def give_back(session: Session, messages: Sequence[OutboxMessage]) -> None:
    """These, claimed together, were not tried: whoever is free takes them, unless the lease was lost."""
    if not messages:
        return
    session.execute(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.id).in_([one.id for one in messages]),
            col(OutboxMessage.leased_until) == messages[0].leased_until,
            col(OutboxMessage.acknowledged_at).is_(None),
        )
        .values(leased_until=null())
        .execution_options(synchronize_session=False)
    )


def try_again(session: Session, app_id: UUID, now: datetime) -> int:
    """Let everything that an app has not acknowledged be due at once; return how many messages that are.

    What was given up gets one more attempt, and what is due already keeps its place in the line. What is
    being tried at this moment is left alone, and so is what was written off.
    """
    lease = col(OutboxMessage.leased_until)
    waiting = update(OutboxMessage).where(
        col(OutboxMessage.app_id) == app_id,
        col(OutboxMessage.acknowledged_at).is_(None),
        col(OutboxMessage.write_off_id).is_(None),
        col(OutboxMessage.kind) == MessageKind.LOGOUT,
        or_(lease.is_(None), lease <= now),
    )
    keeps_place = and_(col(OutboxMessage.given_up_at).is_(None), col(OutboxMessage.due_at) < now)
    due_at = case((keeps_place, col(OutboxMessage.due_at)), else_=now)
    due = waiting.values(due_at=due_at, given_up_at=null()).execution_options(synchronize_session=False)
    return int(session.execute(due).rowcount)  # type: ignore[attr-defined]


def _claimable(now: datetime) -> ColumnElement[bool]:
    lease = col(OutboxMessage.leased_until)
    return and_(
        col(OutboxMessage.acknowledged_at).is_(None),
        col(OutboxMessage.given_up_at).is_(None),
        col(OutboxMessage.due_at) <= now,
        or_(lease.is_(None), lease <= now),
    )

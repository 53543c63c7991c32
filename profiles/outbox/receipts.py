"""Receipts: what became of each message to an app."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, case, func, literal, or_, select
from sqlmodel import Session, col

from profiles.outbox.models import MessageKind, OutboxMessage

MOST_PAGES = 20
"""How far back lists of receipts go, page by page."""


class ReceiptState(StrEnum):
    """Where a message stands, from what its columns say."""

    WAITING = "waiting"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    OVERDUE = "overdue"
    GIVEN_UP = "given_up"

    @property
    def is_acknowledged(self) -> bool:
        """Whether nothing is left to tell."""
        return self is ReceiptState.ACKNOWLEDGED


@dataclass(frozen=True)
class Receipt:
    """One message and its state. ``sent_at`` is the first attempt; ``last_error`` that of the last one."""

    id: UUID
    app_id: UUID | None
    person_id: UUID | None
    reason: str
    state: ReceiptState
    created_at: datetime
    sent_at: datetime | None
    acknowledged_at: datetime | None
    attempts: int
    last_error: str


def state_at(message: OutboxMessage, at: datetime) -> ReceiptState:
    """The state of one message at a moment: overdue is what nobody has to write down."""
    if message.acknowledged_at is not None:
        return ReceiptState.ACKNOWLEDGED
    if message.given_up_at is not None:
        return ReceiptState.GIVEN_UP
    if message.overdue_at is not None and message.overdue_at <= at:
        return ReceiptState.OVERDUE
    return ReceiptState.SENT if message.sent_at is not None else ReceiptState.WAITING


def counts(session: Session, at: datetime, app_ids: Collection[UUID]) -> dict[UUID, dict[ReceiptState, int]]:
    """How many messages of each app are in each state; an app without messages is left out."""
    state = _state(at)
    query = (
        select(col(OutboxMessage.app_id), state, func.count())
        .where(col(OutboxMessage.app_id).in_(app_ids), col(OutboxMessage.kind) == MessageKind.LOGOUT)
        .group_by(col(OutboxMessage.app_id), state)
    )
    found: dict[UUID, dict[ReceiptState, int]] = {}
    for app_id, name, count in session.execute(query):
        if app_id is not None:
            found.setdefault(app_id, {})[ReceiptState(name)] = count
    return found


def list_for_people(
    session: Session, at: datetime, people: Select[Any], app_ids: Collection[UUID], since: datetime
) -> Sequence[Receipt]:
    """The receipts of messages to these apps about people since a moment, the oldest first.

    ``people`` is the query that finds them.
    """
    query = (
        select(OutboxMessage)
        .where(
            col(OutboxMessage.person_id).in_(people),
            col(OutboxMessage.app_id).in_(app_ids),
            col(OutboxMessage.kind) == MessageKind.LOGOUT,
            col(OutboxMessage.created_at) >= since,
        )
        .order_by(col(OutboxMessage.id))
    )
    return [_receipt(message, at) for message in session.execute(query).scalars()]


def late_apps(
    session: Session, at: datetime, app_ids: Collection[UUID] | None = None
) -> dict[UUID, datetime]:
    """The apps that have not acknowledged a message in time, and since when; given up is not acknowledged.

    What was never tried is not the app's fault: the worker stood still, or others are before it in the line.
    An attempt that outlasts its lease has been one.
    """
    tried = or_(col(OutboxMessage.sent_at).is_not(None), col(OutboxMessage.leased_until) <= at)
    late = (
        select(col(OutboxMessage.app_id), func.min(col(OutboxMessage.overdue_at)))
        .where(col(OutboxMessage.acknowledged_at).is_(None), col(OutboxMessage.overdue_at) <= at, tried)
        .group_by(col(OutboxMessage.app_id))
    )
    if app_ids is not None:
        late = late.where(col(OutboxMessage.app_id).in_(app_ids))
    return {app_id: since for app_id, since in session.execute(late) if app_id is not None}


def list_for_person(
    session: Session, at: datetime, person_id: UUID, app_ids: Collection[UUID], since: datetime
) -> Sequence[Receipt]:
    """The receipts of messages to these apps about a person since a moment, the oldest first."""
    return list_for_people(session, at, select(literal(person_id, Uuid())), app_ids, since)


def list_for_app(
    session: Session, at: datetime, app_id: UUID, *, limit: int, offset: int = 0
) -> Sequence[Receipt]:
    """The receipts of an app, the newest first."""
    query = (
        select(OutboxMessage)
        .where(col(OutboxMessage.app_id) == app_id, col(OutboxMessage.kind) == MessageKind.LOGOUT)
        .order_by(col(OutboxMessage.id).desc())
        .limit(limit)
        .offset(offset)
    )
    return [_receipt(message, at) for message in session.execute(query).scalars()]


def _receipt(message: OutboxMessage, at: datetime) -> Receipt:
    return Receipt(
        id=message.id,
        app_id=message.app_id,
        person_id=message.person_id,
        reason=message.reason,
        state=state_at(message, at),
        created_at=message.created_at,
        sent_at=message.sent_at,
        acknowledged_at=message.acknowledged_at,
        attempts=message.attempts,
        last_error=message.last_error,
    )


def _state(at: datetime) -> ColumnElement[str]:
    """``state_at`` as SQL."""
    return case(
        (col(OutboxMessage.acknowledged_at).is_not(None), literal(ReceiptState.ACKNOWLEDGED.value)),
        (col(OutboxMessage.given_up_at).is_not(None), literal(ReceiptState.GIVEN_UP.value)),
        (col(OutboxMessage.overdue_at) <= at, literal(ReceiptState.OVERDUE.value)),
        (col(OutboxMessage.sent_at).is_not(None), literal(ReceiptState.SENT.value)),
        else_=literal(ReceiptState.WAITING.value),
    ).label("state")

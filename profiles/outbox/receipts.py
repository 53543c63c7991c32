"""Receipts: what became of each message to an app."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, case, func, literal, or_, select
from sqlmodel import Session, col

from profiles.outbox.models import MessageKind, OutboxMessage, WriteOff

MOST_PAGES = 20
"""How far back lists of receipts go, page by page."""


class ReceiptState(StrEnum):
    """Where a message stands, from what its columns say."""

    WAITING = "waiting"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    OVERDUE = "overdue"
    GIVEN_UP = "given_up"
    WRITTEN_OFF = "written_off"

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to tell."""
        return self in (ReceiptState.ACKNOWLEDGED, ReceiptState.WRITTEN_OFF)


@dataclass(frozen=True)
class Receipt:
    """One message and its state. ``sent_at`` is the first attempt; ``last_error`` that of the last one.

    ``write_off`` is the decision by which nobody waits for the answer any more.
    """

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
    write_off: WriteOff | None = None


@dataclass(frozen=True)
class LateClient:
    """A client that has not acknowledged so many messages, the first of which was overdue at ``since``."""

    client_id: str
    messages: int
    since: datetime


def state_at(message: OutboxMessage, at: datetime) -> ReceiptState:
    """The state of one message at a moment: overdue is what nobody has to write down."""
    if message.acknowledged_at is not None:
        return ReceiptState.ACKNOWLEDGED
    if message.write_off_id is not None:
        return ReceiptState.WRITTEN_OFF
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
    return _receipts(session, session.execute(query).scalars().all(), at)


def late_apps(
    session: Session, at: datetime, app_ids: Collection[UUID] | None = None
) -> dict[UUID, datetime]:
    """The apps that have not acknowledged a message in time, and since when; given up is not acknowledged."""
    late = (
        select(col(OutboxMessage.app_id), func.min(col(OutboxMessage.overdue_at)))
        .where(*is_late(at))
        .group_by(col(OutboxMessage.app_id))
    )
    if app_ids is not None:
        late = late.where(col(OutboxMessage.app_id).in_(app_ids))
    return {app_id: since for app_id, since in session.execute(late) if app_id is not None}


def late_clients(session: Session, at: datetime, app_id: UUID) -> list[LateClient]:
    """Those clients of an app that are late, the one that is late for longest first."""
    client_id = col(OutboxMessage.payload)["client_id"].as_string().label("client_id")
    since = func.min(col(OutboxMessage.overdue_at)).label("since")
    late = (
        select(client_id, func.count(), since)
        .where(*is_late(at), col(OutboxMessage.app_id) == app_id)
        .group_by(client_id)
        .order_by(since, client_id)
    )
    return [LateClient(*row) for row in session.execute(late)]


def is_late(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whether a message ought to have been acknowledged, and was neither that nor written off.

    What was never tried is not the app's fault: the worker stood still, or others are before it in the line.
    An attempt that outlasts its lease has been one.
    """
    return (
        col(OutboxMessage.acknowledged_at).is_(None),
        col(OutboxMessage.overdue_at) <= at,
        col(OutboxMessage.write_off_id).is_(None),
        or_(col(OutboxMessage.sent_at).is_not(None), col(OutboxMessage.leased_until) <= at),
    )


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
    return _receipts(session, session.execute(query).scalars().all(), at)


def _receipts(session: Session, messages: Sequence[OutboxMessage], at: datetime) -> list[Receipt]:
    ids = {one.write_off_id for one in messages if one.write_off_id is not None}
    decided = select(WriteOff).where(col(WriteOff.id).in_(ids))
    write_offs = {one.id: one for one in session.execute(decided).scalars()} if ids else {}
    return [_receipt(one, at, write_offs.get(one.write_off_id)) for one in messages]


def _receipt(message: OutboxMessage, at: datetime, write_off: WriteOff | None) -> Receipt:
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
        write_off=write_off,
    )


def _state(at: datetime) -> ColumnElement[str]:
    """``state_at`` as SQL."""
    return case(
        (col(OutboxMessage.acknowledged_at).is_not(None), literal(ReceiptState.ACKNOWLEDGED.value)),
        (col(OutboxMessage.write_off_id).is_not(None), literal(ReceiptState.WRITTEN_OFF.value)),
        (col(OutboxMessage.given_up_at).is_not(None), literal(ReceiptState.GIVEN_UP.value)),
        (col(OutboxMessage.overdue_at) <= at, literal(ReceiptState.OVERDUE.value)),
        (col(OutboxMessage.sent_at).is_not(None), literal(ReceiptState.SENT.value)),
        else_=literal(ReceiptState.WAITING.value),
    ).label("state")

"""Writes what must be told, in the transaction of the change that makes it true."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.outbox.models import MessageKind, OutboxMessage

GOES_FIRST_BY = timedelta(hours=1)
"""So long before it is written a message is due that goes first: before all that many are told at once."""


def enqueue(
    session: Session,
    kind: MessageKind,
    payload: Mapping[str, Any],
    *,
    reason: str,
    now: datetime,
    app_id: UUID | None = None,
    person_id: UUID | None = None,
    overdue_after: timedelta | None = None,
    goes_first: bool = True,
) -> OutboxMessage:
    """Leave a message for the worker. It is due at once, and overdue when not acknowledged in time.

    Without ``goes_first`` it waits until the recipient has what does: it is one of many of the same instant.
    LOGOUT carries ``client_id, session_client_id, sub, sid``; MAIL carries ``to, subject, body``.
    """
    message = OutboxMessage(
        kind=kind,
        payload=dict(payload),
        reason=reason,
        created_at=now,
        due_at=now - GOES_FIRST_BY if goes_first else now,
        overdue_at=now + overdue_after if overdue_after else None,
        app_id=app_id,
        person_id=person_id,
    )
    session.add(message)
    return message


def send_mail(
    session: Session, to: str, subject: str, body: str, *, now: datetime, person_id: UUID | None = None
) -> OutboxMessage:
    """Leave a mail for the worker. Its text holds no personal data beyond the name."""
    payload = {"to": to, "subject": subject, "body": body}
    return enqueue(session, MessageKind.MAIL, payload, reason=subject, now=now, person_id=person_id)

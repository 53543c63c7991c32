"""The mail in the outbox, as the development inbox shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from profiles.outbox.models import MessageKind, OutboxMessage


@dataclass(frozen=True)
class Mail:
    """One mail and when it was written."""

    to: str
    subject: str
    body: str
    written_at: datetime


def newest_mail(session: Session, *, limit: int) -> Sequence[Mail]:
    """The newest mail whose text is still kept, the newest first."""
    query = (
        select(OutboxMessage)
        .where(col(OutboxMessage.kind) == MessageKind.MAIL)
        .order_by(col(OutboxMessage.id).desc())
        .limit(limit)
    )
    return [
        Mail(message.payload["to"], message.payload["subject"], message.payload["body"], message.created_at)
        for message in session.execute(query).scalars()
        if message.payload
    ]

"""Forgets messages whose receipt nobody needs any more, in the order in which they were written.

Page by page, as sessions are: no statement takes long, or needs an index that each message would pay for.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlmodel import Session, col

from profiles.outbox.models import MessageKind, OutboxMessage

MAIL_KEPT_FOR = timedelta(days=30)
"""After a mail was written that was sent, or given up: whom it went to and what it was called."""
RECEIPTS_KEPT_FOR = timedelta(days=6 * 365)
"""After an app was told that access ended, and confirmed it or it was written off; all else stays."""


def forget_messages(session: Session, now: datetime, after: UUID, limit: int) -> UUID | None:
    """Look at so many messages that came after this one; return where to go on, None at the end."""
    message = OutboxMessage
    is_mail = col(message.kind) == MessageKind.MAIL
    is_over = or_(
        and_(
            is_mail,
            or_(col(message.acknowledged_at).is_not(None), col(message.given_up_at).is_not(None)),
            col(message.created_at) <= now - MAIL_KEPT_FOR,
        ),
        and_(
            ~is_mail,
            or_(col(message.acknowledged_at).is_not(None), col(message.write_off_id).is_not(None)),
            col(message.created_at) <= now - RECEIPTS_KEPT_FOR,
        ),
    )
    page = session.execute(
        select(col(message.id), col(message.created_at), is_over.label("is_over"))
        .where(col(message.id) > after)
        .order_by(col(message.id))
        .limit(limit)
    ).all()
    over = [row.id for row in page if row.is_over]
    session.execute(
        delete(message).where(col(message.id).in_(over)).execution_options(synchronize_session=False)
    )
    is_old = bool(page) and page[0].created_at <= now - MAIL_KEPT_FOR
    return page[-1].id if len(page) == limit and is_old else None

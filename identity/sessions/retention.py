"""Forgets sessions and grants that have been over for long; what happened stands in the audit trail.

Each is looked at in the order in which it began, page by page, so that no statement takes long and none of
them needs an index of its own, which every sign-in would pay for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select
from sqlmodel import Session, col

from identity.sessions.models import LoginSession, SessionClient
from identity.tokens.models import Grant, RefreshToken

SESSIONS_KEPT_FOR = timedelta(days=30)
"""After a session has ended or expired. So long an app still hears when somebody's access ends."""

GRANTS_KEPT_FOR = timedelta(days=1)
"""After the code has expired, and for as long as a refresh token is remembered: a code or a token that comes
back must find what it has to revoke. No access token lives longer than five minutes."""

BEGINNING = UUID(int=0)


def forget_grants(session: Session, now: datetime, after: UUID, limit: int) -> UUID | None:
    """Look at so many grants that came after this one; return where to go on, None at the end."""
    due = now - GRANTS_KEPT_FOR
    page = session.execute(
        select(col(Grant.id), col(Grant.expires_at))
        .where(col(Grant.id) > after)
        .order_by(col(Grant.id))
        .limit(limit)
    ).all()
    old = [row.id for row in page if row.expires_at <= due]
    has_refresh_token = exists().where(col(RefreshToken.grant_id) == col(Grant.id))
    session.execute(delete(Grant).where(col(Grant.id).in_(old), ~has_refresh_token))
    return _next([row.id for row in page], old, limit)


def forget_sessions(session: Session, now: datetime, after: UUID, limit: int) -> UUID | None:
    """Look at so many login sessions that came after this one; return where to go on, None at the end.

    One stays while a grant of it does.
    """
    due = now - SESSIONS_KEPT_FOR
    over_since = func.coalesce(col(LoginSession.ended_at), col(LoginSession.expires_at))
    page = session.execute(
        select(col(LoginSession.id), col(LoginSession.created_at), (over_since <= due).label("is_over"))
        .where(col(LoginSession.id) > after)
        .order_by(col(LoginSession.id))
        .limit(limit)
    ).all()
    over = [row.id for row in page if row.is_over]
    session.execute(
        delete(SessionClient).where(
            col(SessionClient.session_id).in_(over),
            or_(col(SessionClient.ended_at).is_(None), col(SessionClient.ended_at) <= due),
            ~exists().where(col(Grant.session_client_id) == col(SessionClient.id)),
        )
    )
    is_used = exists().where(col(SessionClient.session_id) == col(LoginSession.id))
    session.execute(delete(LoginSession).where(col(LoginSession.id).in_(over), ~is_used))
    return _next([row.id for row in page], [row.id for row in page if row.created_at <= due], limit)


def _next(page: Sequence[UUID], old: Sequence[UUID], limit: int) -> UUID | None:
    """The last of a full page, unless nothing in it was old: then nothing after it is."""
    return page[-1] if len(page) == limit and old else None

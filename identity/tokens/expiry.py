"""Forgets tokens that can mean nothing any more, in batches that hold nobody up."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, col

from identity.tokens.models import OpaqueAccessToken, RefreshToken, RevokedAccessToken


def forget_expired(session: Session, now: datetime, *, refresh_lifetime: timedelta, limit: int) -> bool:
    """Forget at most so many of each kind; True when there may be more.

    A refresh token is kept for as long as its family can live, because one that comes back revokes it.
    """
    kinds: tuple[tuple[Any, Any, Any, datetime], ...] = (
        (OpaqueAccessToken, OpaqueAccessToken.token_hash, OpaqueAccessToken.expires_at, now),
        (RevokedAccessToken, RevokedAccessToken.token_id, RevokedAccessToken.expires_at, now),
        (RefreshToken, RefreshToken.token_hash, RefreshToken.expires_at, now - refresh_lifetime),
    )
    most = 0
    for table, key, expires_at, limit_of_life in kinds:
        expired = select(col(key)).where(col(expires_at) <= limit_of_life).limit(limit)
        forgotten: Any = session.execute(delete(table).where(col(key).in_(expired)))
        most = max(most, forgotten.rowcount)
    return most >= limit

"""Deletes rows that have expired, so many at a time that nobody waits for it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, inspect, select, tuple_
from sqlmodel import Session, SQLModel, col

BATCH = 1000
CLOCKS_APART = timedelta(minutes=1)
"""What counts once is kept for so long after it expired: by another machine's clock it may still be good."""


def forget(session: Session, model: type[SQLModel], expires_at: Any, before: datetime, limit: int) -> bool:
    """Delete at most ``limit`` rows that expired up to ``before``; True when there may be more."""
    key = inspect(model).primary_key
    expired = select(*key).where(col(expires_at) <= before).limit(limit)
    forgotten: Any = session.execute(delete(model).where(tuple_(*key).in_(expired)))
    return bool(forgotten.rowcount >= limit)

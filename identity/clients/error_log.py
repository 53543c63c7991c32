"""What clients were refused, for their owners to see: counted by the hour, in words of ours alone.

Anybody can send bad requests in a client's name, so nothing that was sent is kept, and a burst is counted
short: a process writes a few notes a second and no more.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from identity.clients.models import ClientError

KEPT_FOR = timedelta(days=7)
MOST_OF_A_CLIENT, MOST = 5, 25
"""Notes that one process writes in a second, of one client and of all."""
MAX_DESCRIPTION = 200
MOST_DESCRIPTIONS = 50
"""Of one client in one hour; what comes after that is counted without its words."""
_DESCRIBED = select(func.count()).where(
    col(ClientError.client_id) == bindparam("client_id"), col(ClientError.hour) == bindparam("hour")
)
_KEY = ("client_id", "hour", "endpoint", "error", "description")


@dataclass(frozen=True)
class Refusal:
    """What a client was told, how often, and when last."""

    endpoint: str
    error: str
    description: str
    count: int
    last_at: datetime


class ErrorBudget:
    """How many notes this process may still write in this second. Being wrong by a few does no harm."""

    def __init__(self) -> None:
        self._second = 0
        self._written: Counter[str] = Counter()

    def admits(self, client_id: str, now: datetime) -> bool:
        """Whether one more may be written; it counts as written."""
        second = int(now.timestamp())
        if second != self._second:
            self._second, self._written = second, Counter()
        if self._written[client_id] >= MOST_OF_A_CLIENT or self._written.total() >= MOST:
            return False
        self._written[client_id] += 1
        return True


def note_error(
    session: Session, now: datetime, *, client_id: str, endpoint: str, error: str, description: str
) -> None:
    """Count one refusal. ``description`` holds nothing of people."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    connection = session.connection()
    described = connection.execute(_DESCRIBED, {"client_id": client_id, "hour": hour}).scalar_one()
    if described >= MOST_DESCRIPTIONS:
        description = ""
    values = {
        "client_id": client_id,
        "hour": hour,
        "endpoint": endpoint,
        "error": error,
        "description": description[:MAX_DESCRIPTION],
        "count": 1,
        "last_at": now,
    }
    connection.execute(_upsert(connection.dialect.name), values)


def errors_of(session: Session, client_id: str, since: datetime) -> list[Refusal]:
    """What the client was refused since then, in whole hours, the newest first."""
    count, last_at = func.sum(col(ClientError.count)), func.max(col(ClientError.last_at))
    said = (col(ClientError.endpoint), col(ClientError.error), col(ClientError.description))
    query = (
        select(*said, count, last_at)
        .where(col(ClientError.client_id) == client_id, col(ClientError.last_at) > since)
        .group_by(*said)
        .order_by(last_at.desc(), *said)
    )
    return [Refusal(*row) for row in session.connection().execute(query)]


def counts_of(session: Session, client_ids: Sequence[str], since: datetime) -> dict[str, int]:
    """How often each of these clients was refused since then, in whole hours."""
    query = (
        select(col(ClientError.client_id), func.sum(col(ClientError.count)))
        .where(col(ClientError.client_id).in_(client_ids), col(ClientError.last_at) > since)
        .group_by(col(ClientError.client_id))
    )
    return {client_id: int(count) for client_id, count in session.connection().execute(query)}


def forget_old(session: Session, now: datetime) -> None:
    """Delete what is older than ``KEPT_FOR``."""
    session.connection().execute(delete(ClientError).where(col(ClientError.hour) < now - KEPT_FOR))


@cache
def _upsert(dialect: str) -> Any:
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(ClientError)
    return insert.on_conflict_do_update(
        index_elements=_KEY,
        set_={"count": col(ClientError.count) + 1, "last_at": insert.excluded.last_at},
    )

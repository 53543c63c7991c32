"""When clients last proved themselves, and with what, so that an owner sees which secret is still in use.

Written once an hour for each by each process: the request that does it pays for one short transaction.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from identity.clients.models import ClientUse

NOTED_EVERY = timedelta(hours=1)
MOST_KEPT = 4096
OWN_KEY = "key"


class NotedUses:
    """What this process has noted of late. Threads may share it: at worst a note is written twice."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], datetime] = {}

    def is_due(self, client_id: str, credential: str, now: datetime) -> bool:
        """Whether this use is to be noted; it counts as noted."""
        last = self._noted.get((client_id, credential))
        if last is not None and abs(now - last) < NOTED_EVERY:
            return False
        if len(self._noted) >= MOST_KEPT:
            self._noted.clear()
        self._noted[client_id, credential] = now
        return True


def note_use(session: Session, now: datetime, client_id: str, credential: str) -> None:
    """Note that the client proved itself with this just now."""
    connection = session.connection()
    values = {"client_id": client_id, "credential": credential, "last_at": now}
    connection.execute(_upsert(connection.dialect.name), values)


def uses_of(session: Session, client_id: str) -> dict[str, datetime]:
    """When the client last proved itself with each thing that it ever used, to the hour."""
    query = select(col(ClientUse.credential), col(ClientUse.last_at)).where(
        col(ClientUse.client_id) == client_id
    )
    return {row.credential: row.last_at for row in session.connection().execute(query)}


@cache
def _upsert(dialect: str) -> Any:
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(ClientUse)
    return insert.on_conflict_do_update(
        index_elements=("client_id", "credential"), set_={"last_at": insert.excluded.last_at}
    )

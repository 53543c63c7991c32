"""Whether a client may still act, asked by the very statement that depends on it.

A process remembers clients for some seconds; what has been disabled meanwhile must not get anything by that.
"""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlmodel import Session, col

from identity.clients.models import Client
from profiles.prepared import Prepared


def enabled(client_id: Any) -> ColumnElement[bool]:
    """That the client with this id, a column or a parameter, is there and not disabled."""
    return exists().where(col(Client.client_id) == client_id, col(Client.disabled_at).is_(None))


_ENABLED = Prepared(select(1).where(enabled(bindparam("client_id"))))


def is_enabled(session: Session, client_id: str) -> bool:
    """Whether the client is there and not disabled, as the database has it now."""
    return _ENABLED.first(session, {"client_id": client_id}) is not None

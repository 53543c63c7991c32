"""Disables a client together with everybody's sessions at it: what it holds is worth nothing from then on."""

from datetime import datetime

from sqlmodel import Session, col, select

from identity.clients import service as clients
from identity.sessions.models import SessionClient
from identity.sessions.session_clients import end_client
from profiles.audit.service import Initiator

REASON = "The client was disabled."


def disable_client(session: Session, now: datetime, initiator: Initiator, client_id: str) -> int:
    """Let a client do nothing any more, end its sessions and tell it so; return how many there were.

    It holds one transaction, whatever their number: about a second for some thousands. Codes, refresh tokens
    and access tokens are good only while their session is, so that they end in the same moment everywhere.
    Raises UnknownClient.
    """
    client = clients.get(session, client_id)
    clients.disable(session, now, initiator, client_id)
    # By the app first, which has an index.
    live = select(SessionClient).where(
        col(SessionClient.app_id) == client.app_id,
        col(SessionClient.client_id) == client_id,
        col(SessionClient.ended_at).is_(None),
    )
    return sum(
        end_client(session, one, now, REASON, initiator=initiator)
        for one in session.exec(live.order_by(col(SessionClient.id))).all()
    )

"""Ends the login sessions that a sign-in at a department's provider opened."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from identity.sessions.models import LoginSession
from identity.sessions.service import end
from identity.sessions.upstream_session import UpstreamSession
from profiles.audit.service import Initiator


def end_opened_there(session: Session, there: UpstreamSession, now: datetime, initiator: Initiator) -> int:
    """End the live sessions that it opened, here and at every app; return how many there were.

    With a ``sid`` those of that session alone, else every one of the account (Back-Channel Logout §2.6).
    """
    if there.sub_hash is None and there.sid_hash is None:
        raise ValueError("say whose or which session is over")
    opened = select(col(LoginSession.id)).where(
        col(LoginSession.upstream_provider_id) == there.provider_id, col(LoginSession.ended_at).is_(None)
    )
    if there.sub_hash is not None:
        opened = opened.where(col(LoginSession.upstream_sub_hash) == there.sub_hash)
    if there.sid_hash is not None:
        opened = opened.where(col(LoginSession.upstream_sid_hash) == there.sid_hash)
    found = session.execute(opened.order_by(col(LoginSession.id))).scalars().all()
    return sum(end(session, one, now, "Signed out at the department", initiator=initiator) for one in found)

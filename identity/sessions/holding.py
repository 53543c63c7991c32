"""A session that still lives when what it asks for is written, and until that is so.

Looking it up and writing are two moments. Whoever ends every session of somebody, because they recover their
account, either waits until the addition is there to be removed, or the addition finds the session ended.
"""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from identity.sessions.models import LoginSession
from identity.sessions.service import SignedIn
from profiles.errors import Conflict


def hold(session: Session, signed_in: SignedIn, now: datetime) -> None:
    """Keep a session from being ended until this transaction is over; comes before whatever it writes.

    Everything that adds a way in, or lets somebody act for the person, begins with this. Raises Conflict when
    the session is over.
    """
    live = select(col(LoginSession.id)).where(
        col(LoginSession.id) == signed_in.session_id,
        col(LoginSession.ended_at).is_(None),
        col(LoginSession.expires_at) > now,
    )
    if session.execute(live.with_for_update(read=True)).first() is None:
        raise Conflict("You were signed out meanwhile, so nothing has changed. Sign in and try again.")

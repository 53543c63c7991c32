"""Around a move nobody's ways of signing in are replaced without a security officer.

Whoever would steal an account waits for the days on which everybody expects something new.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, select

from profiles.transfers.models import Transfer, TransferState

_AGREED = (
    TransferState.SCHEDULED,
    TransferState.ON_HOLD,
    TransferState.BLOCKED,
    TransferState.LEFT,
    TransferState.JOINED,
    TransferState.RECONCILING,
    TransferState.COMPLETED,
)


def frozen_until(session: Session, person_id: UUID, now: datetime, after: timedelta) -> datetime | None:
    """Until when: from the agreement of both organisations until ``after`` the start date; None when not."""
    joined = select(func.max(col(Transfer.join_at))).where(
        col(Transfer.person_id) == person_id, col(Transfer.state).in_(_AGREED)
    )
    join_at = session.exec(joined).one()
    return join_at + after if join_at is not None and join_at + after > now else None

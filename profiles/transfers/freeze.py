"""Around a move nobody's ways of signing in are replaced without a security officer.

Whoever would steal an account waits for the days on which everybody expects something new.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, or_
from sqlmodel import Session, col, func, select

from profiles.transfers.models import Transfer, TransferState, TransferStep

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
    """Until when: from the agreement of both organisations until ``after`` the start date; None when not.

    What was agreed once stays so while its dates are being changed.
    """
    agreed_once = exists().where(
        col(TransferStep.transfer_id) == col(Transfer.id),
        col(TransferStep.to_state) == TransferState.SCHEDULED,
    )
    joined = select(func.max(col(Transfer.join_at))).where(
        col(Transfer.person_id) == person_id,
        or_(col(Transfer.state).in_(_AGREED), and_(col(Transfer.in_flight).is_(True), agreed_once)),
    )
    join_at = session.exec(joined).one()
    return join_at + after if join_at is not None and join_at + after > now else None

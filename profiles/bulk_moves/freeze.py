"""Around a bulk move, as around a transfer, nobody's ways of signing in are replaced by HR alone."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, select

from profiles.bulk_moves.models import BulkMove, BulkMoveMember, MemberState
from profiles.transfers import freeze as of_transfers

_RECORDED = (
    MemberState.SCHEDULED,
    MemberState.LEFT,
    MemberState.JOINED,
    MemberState.PAID,
    MemberState.PAY_WRONG,
)


def frozen_until(session: Session, person_id: UUID, now: datetime, after: timedelta) -> datetime | None:
    """Until when: from when a move of theirs is recorded until ``after`` its start; None when not."""
    starts = select(func.max(col(BulkMove.starts_at))).where(
        col(BulkMoveMember.bulk_move_id) == col(BulkMove.id),
        col(BulkMoveMember.person_id) == person_id,
        col(BulkMoveMember.state).in_(_RECORDED),
    )
    starts_at = session.exec(starts).one()
    with_many = starts_at + after if starts_at is not None and starts_at + after > now else None
    alone = of_transfers.frozen_until(session, person_id, now, after)
    return max((one for one in (with_many, alone) if one is not None), default=None)

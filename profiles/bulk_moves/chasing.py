"""HR asks those who lack a way to sign in to set one up: each once a week at most."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from profiles.audit.catalogue import Event
from profiles.bulk_moves import notices, policy, reading, states
from profiles.bulk_moves.models import BulkMoveMember
from profiles.bulk_moves.steps import audit
from profiles.errors import Conflict, NotPermitted
from profiles.roles.service import Permissions
from profiles.transfers.models import Side

AGAIN_AFTER = timedelta(days=7)


def chase(
    session: Session, now: datetime, *, move_id: UUID, officer_id: UUID, permissions: Permissions
) -> int:
    """Write to everybody who is set apart for want of a way to sign in; return to how many.

    Raises NotFound, NotPermitted, or Conflict when there is nobody to write to.
    """
    move = reading.get_for(session, move_id, permissions)
    if Side.EXPORTING not in policy.sides_deciding(move, permissions):
        raise NotPermitted("HR of the old department writes to its people.")
    if move.state not in states.BEFORE_THE_DAY:
        raise Conflict("Nobody is asked for this now.")
    due = [
        one
        for one in notices.without_a_way_in(session, move)
        if one.chased_at is None or one.chased_at + AGAIN_AFTER <= now
    ]
    if not due:
        raise Conflict("Everybody whom this is about was written to in the last 7 days.")
    for begin in range(0, len(due), 500):
        some = due[begin : begin + 500]
        session.execute(
            update(BulkMoveMember)
            .where(col(BulkMoveMember.id).in_([one.id for one in some]))
            .values(chased_at=now)
            .execution_options(synchronize_session="fetch")
        )
        notices.chase(session, move, [one.person_id for one in some], now)
    audit(session, Event.BULK_MOVE_CHASED, move, officer_id, now, people=len(due))
    return len(due)

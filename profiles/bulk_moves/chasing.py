"""HR asks those who lack a way to sign in to set one up: each once a week at most."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, update
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
    chased_at = col(BulkMoveMember.chased_at)
    # Whoever presses the button at the same moment waits for these rows, and finds them written to.
    written_to = (
        update(BulkMoveMember)
        .where(
            notices.lacks_a_way_in(move),
            or_(chased_at.is_(None), chased_at <= now - AGAIN_AFTER),
        )
        .values(chased_at=now)
        .returning(col(BulkMoveMember.person_id))
        .execution_options(synchronize_session=False)
    )
    people = sorted(session.execute(written_to).scalars())
    if not people:
        raise Conflict("Everybody whom this is about was written to in the last 7 days.")
    for begin in range(0, len(people), 500):
        notices.chase(session, move, people[begin : begin + 500], now)
    audit(session, Event.BULK_MOVE_CHASED, move, officer_id, now, people=len(people))
    return len(people)

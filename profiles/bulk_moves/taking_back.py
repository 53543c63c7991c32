"""Taking back what is recorded of a bulk move, before its day.

The facts have future dates, and access turns with them whether a worker runs or not. Whatever is not taken
back when the day begins has turned until it is (ADR 72). So a few people are taken back in the officer's own
request, and of many nobody begins it shortly before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from profiles.bulk_moves import notices, reading
from profiles.bulk_moves.batches import TAKEN_BACK_AT_ONCE
from profiles.bulk_moves.facts import MOVED_WITH_MANY, Recording
from profiles.bulk_moves.grades import GradeMapping
from profiles.bulk_moves.looking import set_state
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.bulk_moves.sources import source_of
from profiles.employments.models import Posting
from profiles.errors import Conflict

NOT_WITHIN = timedelta(hours=2)
"""Unless a setting says something else."""
UNDER_WAY = (BulkMoveState.REDATING, BulkMoveState.CANCELLING)
_RECORDED = (BulkMoveState.SCHEDULING, BulkMoveState.SCHEDULED)
M = BulkMoveMember


def check_in_time(session: Session, move: BulkMove, now: datetime, not_within: timedelta) -> None:
    """Raise Conflict where more people are recorded than are taken back at once, and the day is near."""
    if move.state not in _RECORDED or move.starts_at > now + not_within:
        return
    recorded = count_recorded(session, move)
    if recorded > TAKEN_BACK_AT_ONCE:
        hours = not_within // timedelta(hours=1)
        raise Conflict(
            f"It cannot be cancelled or get another date any more: it begins in {hours} hours or less, too "
            f"soon to take back what is recorded of {recorded:,} people. Leave people out one by one now, or "
            "move them back by another bulk move from the start date on."
        )


def count_recorded(session: Session, move: BulkMove) -> int:
    """Of how many something of the move is recorded that has not happened."""
    return reading.counts_of(session, move.id).get(MemberState.SCHEDULED, 0)


def is_late(session: Session, move: BulkMove, now: datetime) -> bool:
    """Whether the day has begun before all was taken back: people have the access of their new posts."""
    return move.state in UNDER_WAY and move.starts_at <= now and count_recorded(session, move) > 0


def few_recorded(session: Session, move: BulkMove) -> Sequence[BulkMoveMember]:
    """Those of whom something is recorded, where they are so few that it is taken back at once."""
    limit = TAKEN_BACK_AT_ONCE + 1
    some = reading.members_of(session, move.id, states=[MemberState.SCHEDULED], limit=limit)
    return some if len(some) < limit else ()


def recording_of(session: Session, move: BulkMove, now: datetime, by: UUID | None) -> Recording:
    """What takes back: it finds facts by their source, and asks for neither grades nor organisations."""
    return Recording(session, move, frozenset(), GradeMapping({}, {}), now, by)


def cancel(
    session: Session,
    move: BulkMove,
    was: MemberState,
    people: Mapping[UUID, UUID],
    recording: Recording,
    now: datetime,
) -> None:
    """End the part of these people, by their member's id. Raises Conflict when somebody did meanwhile."""
    set_state(session, list(people), was, MemberState.CANCELLED, in_flight=False)
    if was is MemberState.SCHEDULED:
        recording.take_back(people.values())
        notices.taken_back(session, move, people.values(), now)


def count_late(session: Session, move: BulkMove) -> int:
    """Of how many people it was taken back after the start date had begun, so that access had turned."""
    listed = select(M.person_id).where(col(M.bulk_move_id) == move.id)
    query = select(func.count(func.distinct(Posting.person_id))).where(
        col(Posting.person_id).in_(listed),
        col(Posting.source) == source_of(move),
        col(Posting.reason) == MOVED_WITH_MANY,
        col(Posting.valid_from) == move.starts_at,
        col(Posting.superseded_at) > move.starts_at,
    )
    return session.exec(query).one()


def note_late(session: Session, move: BulkMove, now: datetime) -> str:
    """Tell officers of both sides where it was taken back late; the words for the history, or none."""
    late = count_late(session, move)
    if not late:
        return ""
    notices.taken_back_late(session, move, late, now)
    return (
        f"Of {late:,} people it was taken back after the start date had begun: until then they had the "
        "access of the new department."
    )

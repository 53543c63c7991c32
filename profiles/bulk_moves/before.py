"""What people had before the move that another one takes back: they get it back with their old place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select as rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from profiles.bulk_moves.models import BulkMove, BulkMoveMember
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.temporal import known


@dataclass(frozen=True)
class Before:
    """The employment that ended by the move, its number, and how the post was called there."""

    employment_id: UUID
    number: str
    local_grade: str
    unit: str


def before_of(session: Session, move: BulkMove, now: datetime) -> Mapping[UUID, Before]:
    """What each had, by the employment that ends now; nothing for a move that takes none back."""
    if move.reverses_id is None:
        return {}
    here, there = BulkMoveMember, aliased(BulkMoveMember)
    query = (
        rows(
            col(here.employment_id),
            col(there.employment_id),
            col(there.number),
            col(Posting.local_grade),
            col(Posting.unit),
        )
        .select_from(here)
        .join(there, col(there.new_employment_id) == col(here.employment_id))
        .join(Employment, col(Employment.fact_id) == col(there.employment_id))
        .join(Posting, col(Posting.employment_id) == col(Employment.fact_id))
        .where(
            col(here.bulk_move_id) == move.id,
            col(there.bulk_move_id) == move.reverses_id,
            known(Employment, now),
            known(Posting, now),
            col(Posting.kind) == PostingKind.HOME,
            col(Posting.valid_to) == col(Employment.valid_to),
        )
    )
    return {employment_id: Before(*those) for employment_id, *those in session.execute(query)}

"""People who have another employment besides the one that moves: it stays as it is, and what rests on it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_
from sqlalchemy.orm import Mapped
from sqlmodel import col

from profiles.bulk_moves.models import BulkMove
from profiles.bulk_moves.sources import source_of
from profiles.employments.models import Employment
from profiles.temporal import known


def works_elsewhere(
    move: BulkMove, places: Collection[UUID], person: Mapped[UUID], now: datetime
) -> ColumnElement[bool]:
    """Whether somebody goes on, when the day comes, in an employment outside the places that people leave."""
    return exists().where(
        known(Employment, now),
        col(Employment.person_id) == person,
        col(Employment.organisation_id).not_in(sorted(places)),
        col(Employment.valid_from) < move.starts_at,
        or_(col(Employment.valid_to).is_(None), col(Employment.valid_to) > move.starts_at),
        col(Employment.source) != source_of(move),
    )

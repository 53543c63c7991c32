"""The organisations that the people of a bulk move leave."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.bulk_moves.models import BulkMove
from profiles.organisations import service as organisations


def places_of(session: Session, move: BulkMove, now: datetime) -> frozenset[UUID]:
    """The old organisation and what is, or was when the list was drafted, below it."""
    below = (
        place
        for at in (min(now, move.created_at), now)
        for place in organisations.tree(session, at).subtree_of(move.exporting_organisation_id)
    )
    return frozenset((move.exporting_organisation_id, *below))

"""Who is not asked to decide, because they had a part already: with whoever counts as one with them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.bulk_moves.models import BulkMove
from profiles.roles.parties import one_with


def barred_from_agreeing(session: Session, move: BulkMove, now: datetime) -> frozenset[UUID]:
    """Who prepared the list or set its date, and their deputies: ``policy.check_may_agree`` refuses them."""
    return all_one_with(session, (move.prepared_by, move.redated_by), now)


def all_one_with(session: Session, person_ids: Iterable[UUID | None], now: datetime) -> frozenset[UUID]:
    """These people, with whoever counts as one with any of them."""
    parties = (one_with(session, one, now) for one in person_ids if one is not None)
    return frozenset().union(*parties)

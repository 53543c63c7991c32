"""Clearances that somebody who has left took along suspended: no organisation sponsors one any more."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.temporal import history


def left_suspended(
    session: Session, person_id: UUID, level: ClearanceLevel, now: datetime
) -> list[Clearance]:
    """Those of a level that are suspended now or later and that nobody sponsors or shares then.

    Nobody can lift or withdraw such a one: both are its sponsor's.
    """
    return [
        one
        for one in history(session, Clearance, now, person_id=person_id, level=level)
        if one.status is ClearanceStatus.SUSPENDED
        and (one.valid_to is None or one.valid_to > now)
        and not _is_sponsored(session, one, now)
    ]


def _is_sponsored(session: Session, clearance: Clearance, now: datetime) -> bool:
    sponsors = history(session, Sponsorship, now, clearance_id=clearance.fact_id)
    return any(one.valid_to is None or one.valid_to > now for one in sponsors)

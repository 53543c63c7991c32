"""Clearances that somebody who has left took along suspended: no organisation sponsors one any more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship
from profiles.clearances.states import DECIDING
from profiles.temporal import history


def left_suspended(
    session: Session, person_id: UUID, level: ClearanceLevel, now: datetime
) -> list[Clearance]:
    """Those of a level that are suspended now or later and that nobody sponsors or shares then.

    Nobody can lift or withdraw such a one: both are its sponsor's. An application that took the place of one
    and was cancelled has decided nothing: the suspension is among them still.
    """
    held = history(session, Clearance, now, person_id=person_id, level=level)
    return [
        one
        for one in held
        if one.status is ClearanceStatus.SUSPENDED
        and (one.valid_to is None or one.valid_to > now or _came_to_nothing(one.valid_to, held))
        and not _is_sponsored(session, one, now)
    ]


def _came_to_nothing(since: datetime, held: Sequence[Clearance]) -> bool:
    """Whether all that there has been since was applications, none of which was decided on."""
    following = [one.status for one in held if one.valid_from >= since]
    return bool(following) and all(one in DECIDING or one is ClearanceStatus.CANCELLED for one in following)


def _is_sponsored(session: Session, clearance: Clearance, now: datetime) -> bool:
    sponsors = history(session, Sponsorship, now, clearance_id=clearance.fact_id)
    return any(one.valid_to is None or one.valid_to > now for one in sponsors)

"""What may follow what in a recovery: one table, and the one way from state to state."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from identity.recovery.models import Recovery
from identity.recovery.models import RecoveryState as S
from profiles.errors import Conflict, InvalidTransition

ALLOWED: dict[S, frozenset[S]] = {
    S.REQUESTED: frozenset({S.WAITING, S.CANCELLED, S.STOPPED, S.EXPIRED}),
    S.WAITING: frozenset({S.COMPLETED, S.CANCELLED, S.STOPPED, S.EXPIRED}),
    S.COMPLETED: frozenset(),
    S.CANCELLED: frozenset(),
    S.STOPPED: frozenset(),
    S.EXPIRED: frozenset(),
}

OPEN = frozenset(state for state, following in ALLOWED.items() if following)


def move_to(session: Session, recovery: Recovery, following: S, now: datetime, **values: Any) -> None:
    """Take one step by a conditional UPDATE: of two who act at once, one is told Conflict.

    Raises InvalidTransition for a step that the table does not allow, Conflict when the time for it is over.
    """
    if following not in ALLOWED[recovery.state]:
        raise InvalidTransition(f"This recovery is {recovery.state.value}, so it cannot go on.")
    in_time = col(Recovery.expires_at) <= now if following is S.EXPIRED else col(Recovery.expires_at) > now
    moved = session.connection().execute(
        update(Recovery)
        .where(col(Recovery.id) == recovery.id, col(Recovery.state) == recovery.state, in_time)
        .values(state=following, is_open=following in OPEN, **values)
    )
    if moved.rowcount != 1:
        raise Conflict("Somebody else was first, or the time for it is over. Look at it again.")
    session.refresh(recovery)


def end_as(session: Session, recovery: Recovery, following: S, now: datetime, by: UUID | None = None) -> None:
    """End a recovery; its codes are worth nothing from now on."""
    ended = {"ended_at": now, "ended_by": by, "request_code_hash": None, "confirm_code_hash": None}
    move_to(session, recovery, following, now, **ended)

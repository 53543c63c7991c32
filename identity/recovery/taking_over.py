"""An officer who is away, has left or is suspended: another of the same role takes over, and checks anew."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from identity.recovery import notices, policy, service
from identity.recovery.models import IdentityCheck, Recovery, RecoveryState
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator
from profiles.errors import Conflict
from profiles.roles.service import Permissions


def take_over(
    session: Session,
    now: datetime,
    recovery: Recovery,
    *,
    from_officer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    check: IdentityCheck,
    issuer: str,
    stop_path: str,
) -> None:
    """Take the place of one of the two officers; the code that they were shown is worth nothing from now on.

    The waiting time goes on, and everybody concerned is told. Raises NotPermitted, Conflict.
    """
    policy.check_may_take_over(recovery, from_officer_id, officer_id, permissions)
    is_first = from_officer_id == recovery.requested_by
    place: dict[str, Any] = (
        {"requested_by": officer_id, "request_check": check, "request_code_hash": None}
        if is_first
        else {"confirmed_by": officer_id, "confirm_check": check, "confirm_code_hash": None}
    )
    taken = session.connection().execute(
        update(Recovery)
        .where(
            col(Recovery.id) == recovery.id,
            col(Recovery.state) == RecoveryState.WAITING,
            col(Recovery.expires_at) > now,
            col(Recovery.requested_by) == recovery.requested_by,
            col(Recovery.confirmed_by) == recovery.confirmed_by,
        )
        .values(replaced=[*recovery.replaced, str(from_officer_id)], **place)
    )
    if taken.rowcount != 1:
        raise Conflict("Somebody else was first, or the time for it is over. Look at it again.")
    session.refresh(recovery)
    by, was = Initiator.person(officer_id), str(from_officer_id)
    service.note(
        session, Event.RECOVERY_TAKEN_OVER, recovery, by, now, check=check.value, first=is_first, officer=was
    )
    notices.taken_over(session, recovery, now, link=f"{issuer}{stop_path}")

"""Moves that went ahead while nothing ran to stop them, although a gate failed: told loudly, never undone.

The facts turned access at their instants, and what has begun is not taken back (ADR 73). What the gate is
about opens nothing by itself: a clearance that is not there, a suspended account. What can still be stopped
before *join* is blocked instead (``watching``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select

from profiles.audit.catalogue import Event
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.transfers import gates, notices, policy, watching
from profiles.transfers.models import Side, Transfer, TransferInterruption, TransferState
from profiles.transfers.trail import audit

LATE = timedelta(minutes=5)
"""The worker looks each minute: whose instant is further past was not looked at."""


def find_late(session: Session, now: datetime) -> list[UUID]:
    """The ids of the transfers that an instant has turned unwatched, and that a gate may concern."""
    turned = or_(
        and_(col(Transfer.state) == TransferState.SCHEDULED, col(Transfer.leave_at) <= now - LATE),
        and_(col(Transfer.state) == TransferState.LEFT, col(Transfer.join_at) <= now - LATE),
    )
    late = set(session.exec(select(Transfer.id).where(turned)))
    return sorted(late.intersection(watching.concerned(session, now))) if late else []


def tell(session: Session, transfer: Transfer, now: datetime) -> bool:
    """Write down which gates fail of such a transfer, and tell officers of it; say whether any do.

    Of each of the two instants they are told once, and again where another gate fails by then.
    """
    failing = gates.failing(session, transfer, now)
    if now < transfer.join_at and not gates.STOPS_HALFWAY.isdisjoint(failing):
        return False
    turned_at = transfer.join_at if transfer.join_at <= now - LATE else transfer.leave_at
    told = {gate for one in _told(session, transfer, turned_at) for gate in gates.unpacked(one.gates)}
    if told.issuperset(failing):
        return False
    session.add(
        TransferInterruption(
            transfer_id=transfer.id,
            resumes_to=transfer.state,
            gates=gates.packed(failing),
            began_at=now,
            ended_at=now,
        )
    )
    session.flush()
    audit(session, Event.TRANSFER_BEGAN_UNWATCHED, transfer, None, now, None)
    notices.began_unwatched(session, transfer, now)
    if gates.OF_SECURITY & set(failing):
        notices.asked(session, transfer, _security_officers(session, transfer, now), now)
    return True


def find_told(session: Session, transfer: Transfer) -> TransferInterruption | None:
    """What was found last of a transfer that went ahead so."""
    return next(iter(all_told(session, transfer)), None)


def all_told(session: Session, transfer: Transfer) -> Sequence[TransferInterruption]:
    """All that was found of a transfer that went ahead so, the newest first."""
    return _told(session, transfer, transfer.leave_at)


def _told(session: Session, transfer: Transfer, since: datetime) -> Sequence[TransferInterruption]:
    """What was found from an instant on, the newest first."""
    query = select(TransferInterruption).where(
        col(TransferInterruption.transfer_id) == transfer.id,
        col(TransferInterruption.began_at) == col(TransferInterruption.ended_at),
        col(TransferInterruption.began_at) >= since,
        col(TransferInterruption.gates) != "",
    )
    return session.exec(query.order_by(col(TransferInterruption.id).desc())).all()


def _security_officers(session: Session, transfer: Transfer, now: datetime) -> Sequence[UUID]:
    """Those of both departments: one may still mend it, the other has the person now."""
    places = [policy.organisation_of(transfer, side) for side in Side]
    found = [who for one in places for who in who_may(session, Permission.MANAGE_CLEARANCES, one, now)]
    return list(dict.fromkeys(found))

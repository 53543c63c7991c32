"""What stops a transfer for a time: a hold by one side, or a gate that fails. Meanwhile nothing of it stands.

A scheduled transfer that stops has its facts taken back at once, so that nothing opens while it stands still,
whether anything runs or not; when it goes on they are recorded again.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, or_, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, who_may
from profiles.temporal import civil_date
from profiles.transfers import facts, gates, notices, policy, standing_in, steps, tasks
from profiles.transfers.gates import Gate
from profiles.transfers.models import (
    Side,
    Transfer,
    TransferApproval,
    TransferInterruption,
    TransferState,
)
from profiles.transfers.parts import DOES, Doer
from profiles.transfers.trail import audit

LONGEST_HOLD = timedelta(days=183)
"""The latest review: whoever waits longer ends the transfer, and prepares it again."""

ASKED_AGAIN_AFTER = timedelta(days=7)
"""Whose hold nobody has looked at by its review is asked again so often."""


def find_open(session: Session, transfer_id: UUID) -> TransferInterruption | None:
    """What the transfer stands still for, if it does."""
    return session.exec(
        select(TransferInterruption).where(
            col(TransferInterruption.transfer_id) == transfer_id, col(TransferInterruption.ended_at).is_(None)
        )
    ).first()


def hold(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
    review_on: date,
) -> Transfer:
    """Put a transfer on hold for one side, whose officers alone read the reason, until an officer resumes it.

    Raises NotFound, NotPermitted, Conflict, InvalidTransition, or Invalid naming the field.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    policy.check_may_decide(transfer, side, officer_id, permissions)
    if not reason.strip():
        raise Invalid("Say why, for your colleagues.", field="reason")
    today = civil_date(now)
    if not today < review_on <= today + LONGEST_HOLD:
        raise Invalid("The review must be after today and within six months.", field="review_on")
    check_not_left(transfer, now)
    _stop(
        session,
        transfer,
        now,
        officer_id,
        TransferInterruption(
            transfer_id=transfer.id,
            resumes_to=transfer.state,
            side=side,
            owner_id=officer_id,
            reason=reason.strip(),
            review_on=review_on,
            began_at=now,
        ),
    )
    audit(session, Event.TRANSFER_HELD, transfer, officer_id, now, side)
    notices.held(session, transfer, side, now)
    return transfer


def resume(
    session: Session, now: datetime, *, transfer_id: UUID, officer_id: UUID, permissions: Permissions
) -> Transfer:
    """Let a transfer go on where it was; where its last day has passed, new dates are agreed first.

    An officer of the side that put it on hold, or that mends what blocks it, does so. Raises NotFound,
    NotPermitted, Conflict.
    """
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    stopped = find_open(session, transfer_id)
    if stopped is None:
        raise Conflict("This transfer is neither on hold nor blocked.")
    policy.check_may_decide(transfer, _side_that_resumes(stopped), officer_id, permissions)
    if any(gate not in gates.SETTLED_BY_HAND for gate in _still_failing(session, transfer, now)):
        raise Conflict("What stands in the way is not mended yet.")
    _go_on(session, transfer, stopped, now, officer_id)
    return transfer


def look_again(session: Session, transfer: Transfer, now: datetime) -> bool:
    """Block a transfer whose gates fail, and let one go on whose gates are met; say whether it changed."""
    if transfer.state in (TransferState.SCHEDULED, TransferState.LEFT):
        failing = gates.failing(session, transfer, now)
        if not failing:
            return False
        block = TransferInterruption(
            transfer_id=transfer.id,
            resumes_to=transfer.state,
            gates=gates.packed(failing),
            began_at=now,
        )
        _stop(session, transfer, now, None, block)
        audit(session, Event.TRANSFER_BLOCKED, transfer, None, now, None)
        notices.blocked(session, transfer, _sides(failing), now)
        notices.asked(session, transfer, _security_officers(session, transfer, failing, now), now)
        return True
    stopped = find_open(session, transfer.id) if transfer.state is TransferState.BLOCKED else None
    if stopped is None or gates.SETTLED_BY_HAND & set(gates.unpacked(stopped.gates)):
        return False
    if _still_failing(session, transfer, now):
        return False
    _go_on(session, transfer, stopped, now, None)
    return True


def begin_approvals_again(session: Session, transfer: Transfer) -> None:
    """Both organisations approve once more; the audit trail keeps what they approved before."""
    session.execute(delete(TransferApproval).where(col(TransferApproval.transfer_id) == transfer.id))


def check_not_left(transfer: Transfer, now: datetime) -> None:
    """Raise Conflict when the old post has ended: then a transfer is not stopped any more."""
    if transfer.state is TransferState.SCHEDULED and transfer.leave_at <= now:
        raise Conflict("The last day has passed, so this transfer cannot be stopped any more.")


def close(session: Session, stopped: TransferInterruption, now: datetime, by: UUID | None) -> None:
    """The interruption is over, because the transfer goes on or has ended."""
    stopped.ended_at, stopped.ended_by = now, by
    session.add(stopped)
    session.flush()


def mended_by(stopped: TransferInterruption) -> Collection[tuple[Side | None, Doer]]:
    """Who can let the transfer go on: on which side, None for the employee, and by which part in the move."""
    if stopped.side is not None:
        return ((stopped.side, Doer.HR),)
    mending = [(gates.MENDED_BY[gate], gates.doer_of(gate)) for gate in gates.unpacked(stopped.gates)]
    return tuple(dict.fromkeys(mending))


def due_for_review(session: Session, now: datetime, limit: int) -> Sequence[TransferInterruption]:
    """The holds about which somebody is to be asked, and was not for ``ASKED_AGAIN_AFTER``."""
    query = select(TransferInterruption).where(
        col(TransferInterruption.ended_at).is_(None),
        or_(
            col(TransferInterruption.reminded_at).is_(None),
            col(TransferInterruption.reminded_at) <= now - ASKED_AGAIN_AFTER,
        ),
        col(TransferInterruption.review_on) <= civil_date(now),
    )
    return session.exec(query.order_by(col(TransferInterruption.id)).limit(limit)).all()


def _stop(
    session: Session, transfer: Transfer, now: datetime, by: UUID | None, stopped: TransferInterruption
) -> None:
    before = transfer.state
    following = TransferState.ON_HOLD if stopped.side is not None else TransferState.BLOCKED
    steps.move_to(session, transfer, following, now, by, reason=stopped.reason, reason_for=stopped.side)
    session.add(stopped)
    session.flush()
    if before is TransferState.SCHEDULED:
        facts.retract(session, transfer, now, by)
    elif before is TransferState.LEFT:
        facts.retract_beginning(session, transfer, now, by)


def _go_on(
    session: Session, transfer: Transfer, stopped: TransferInterruption, now: datetime, by: UUID | None
) -> None:
    following = stopped.resumes_to
    again = following is TransferState.SCHEDULED and transfer.leave_at <= now
    if again:
        following = TransferState.IN_PROGRESS
        begin_approvals_again(session, transfer)
    close(session, stopped, now, by)
    reason = "The last day has passed: both departments agree on new dates." if again else ""
    steps.move_to(session, transfer, following, now, by, reason=reason)
    if following is TransferState.SCHEDULED:
        facts.schedule(session, transfer, now, by)
    elif following is TransferState.LEFT:
        facts.begin_again(session, transfer, now, by, stopped.began_at)
    audit(session, Event.TRANSFER_RESUMED, transfer, by, now, None)
    notices.resumed(session, transfer, now)
    if not again:
        _ask_managers(session, transfer, now)


def _ask_managers(session: Session, transfer: Transfer, now: datetime) -> None:
    """Those whose part is open may have been named while it stood still, or have put it off."""
    for task in tasks.of_transfer(session, transfer.id):
        if task.done_at is None and DOES[task.kind] is Doer.LINE_MANAGER:
            notices.asked(session, transfer, standing_in.asked_of(session, transfer, task, now), now)


def _still_failing(session: Session, transfer: Transfer, now: datetime) -> tuple[Gate, ...]:
    """What would stop it at once if it went on; of a transfer that is not agreed yet, nothing."""
    stopped = find_open(session, transfer.id)
    if stopped is None or stopped.resumes_to is TransferState.IN_PROGRESS:
        return ()
    return gates.failing(session, transfer, now)


def _sides(some: Iterable[Gate]) -> set[Side]:
    return {side for gate in some if (side := gates.MENDED_BY[gate]) is not None}


def _security_officers(
    session: Session, transfer: Transfer, failing: Collection[Gate], now: datetime
) -> list[UUID]:
    """Those who decide on what stands in the way."""
    places = [policy.organisation_of(transfer, one) for one in _sides(gates.OF_SECURITY & set(failing))]
    found = [who for place in places for who in who_may(session, Permission.MANAGE_CLEARANCES, place, now)]
    return list(dict.fromkeys(found))


def _side_that_resumes(stopped: TransferInterruption) -> Side:
    if stopped.side is not None:
        return stopped.side
    for gate in gates.unpacked(stopped.gates):
        side = gates.MENDED_BY[gate]
        if gate in gates.SETTLED_BY_HAND and side is not None:
            return side
    raise Conflict("This transfer goes on by itself when what stands in the way is mended.")

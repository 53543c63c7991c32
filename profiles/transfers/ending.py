"""The ways out before *leave*: the employee, either organisation, the end of the employment, or time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers import facts, gates, interruptions, notices, policy, required, states, steps
from profiles.transfers.models import Side, Transfer, TransferInterruption, TransferState
from profiles.transfers.trail import audit

_BEGUN = states.RECORDED - {TransferState.SCHEDULED}


class Cause(StrEnum):
    """Why somebody leaves instead of moving. Only the exporting side reads which it was."""

    RESIGNED = "resigned"
    DISMISSED = "dismissed"
    DIED = "died"


def withdraw(session: Session, now: datetime, *, transfer_id: UUID, person_id: UUID) -> Transfer:
    """End the transfer because the employee says so; only before *leave*."""
    transfer = steps.get(session, transfer_id)
    if transfer.person_id != person_id:
        raise NotPermitted("Only the employee can withdraw from a transfer.")
    _end(session, now, transfer, TransferState.WITHDRAWN, person_id)
    notices.ended(session, transfer, now)
    return transfer


def refuse(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    reason: str,
) -> Transfer:
    """End the transfer for an organisation, with a reason: the importer declines, the exporter objects."""
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    policy.check_may_decide(transfer, side, officer_id, permissions)
    if not reason.strip():
        raise Invalid("Say why, so that the others know what to do.", field="reason")
    following = TransferState.DECLINED if side is Side.IMPORTING else TransferState.OBJECTED
    _end(session, now, transfer, following, officer_id, reason=reason.strip())
    notices.ended(session, transfer, now)
    return transfer


def cancel(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    cause: Cause,
) -> Transfer:
    """End the transfer because the person leaves the Civil Service, or has died. The exporter says so."""
    transfer = steps.get(session, transfer_id)
    policy.check_may_see(transfer, officer_id, permissions)
    policy.check_may_decide(transfer, Side.EXPORTING, officer_id, permissions)
    _end(
        session,
        now,
        transfer,
        TransferState.CANCELLED,
        officer_id,
        reason=cause.value,
        reason_for=Side.EXPORTING,
    )
    notices.cancelled(session, transfer, now, tell_employee=cause is not Cause.DIED)
    return transfer


def cancel_of_leaver(session: Session, transfer: Transfer, now: datetime) -> bool:
    """End a transfer whose employment ends before the agreed last day; say whether it did."""
    if transfer.state in steps.AFTER_LEAVING:
        return False
    left = gates.left_before(session, transfer, now)
    if left is None or steps.has_left(session, transfer):
        return False
    _end(session, now, transfer, TransferState.CANCELLED, None, until=left.at)
    notices.cancelled(session, transfer, now, tell_employee=False)
    return True


def expire_due(session: Session, now: datetime, after: timedelta, *, limit: int = 50) -> Sequence[Transfer]:
    """End the transfers of which nothing came by ``after`` their start date; at most ``limit``.

    Of one that was dated back it counts from when it was.
    """
    before = civil_date(now - after)
    waiting = (TransferState.IN_PROGRESS, TransferState.ON_HOLD, TransferState.BLOCKED)
    halfway = select(TransferInterruption.id).where(
        col(TransferInterruption.transfer_id) == col(Transfer.id),
        col(TransferInterruption.ended_at).is_(None),
        col(TransferInterruption.resumes_to) == TransferState.LEFT,
    )
    query = select(Transfer).where(
        col(Transfer.state).in_(waiting),
        col(Transfer.start_date) < before,
        col(Transfer.dates_offered_on) < before,
        ~halfway.exists(),
    )

    def expire(transfer: Transfer) -> None:
        _end(session, now, transfer, TransferState.EXPIRED, None)
        notices.ended(session, transfer, now)

    return steps.each(session, query.order_by(col(Transfer.start_date), col(Transfer.id)), limit, expire)


def _end(
    session: Session,
    now: datetime,
    transfer: Transfer,
    following: TransferState,
    by: UUID | None,
    *,
    reason: str = "",
    reason_for: Side | None = None,
    until: datetime | None = None,
) -> None:
    """Take back what was recorded; ``until`` is when the old employment ends for another reason."""
    if by is not None:
        interruptions.check_not_left(transfer, now)
    if transfer.state in _BEGUN or steps.has_left(session, transfer):
        raise Conflict("The last day has passed, so this transfer cannot be stopped any more.")
    stopped = interruptions.find_open(session, transfer.id)
    scheduled = transfer.state is TransferState.SCHEDULED
    steps.move_to(session, transfer, following, now, by, reason=reason, reason_for=reason_for)
    if stopped is not None:
        interruptions.close(session, stopped, now, by)
    if scheduled:
        facts.retract(session, transfer, now, by, until=until)
    required.give_up(session, transfer, now, by)
    audit(session, Event.TRANSFER_ENDED, transfer, by, now, None)

"""What waits for an officer: the transfers that go no further until they act, the most urgent first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.errors import ProfileError
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import civil_date
from profiles.transfers import interruptions, policy, tasks
from profiles.transfers.models import (
    Side,
    TaskKind,
    Transfer,
    TransferApproval,
    TransferInterruption,
    TransferState,
    TransferTask,
)

_WAITING = (
    TransferState.IN_PROGRESS,
    TransferState.ON_HOLD,
    TransferState.BLOCKED,
    TransferState.RECONCILING,
)


class Act(StrEnum):
    """What an officer is to do."""

    APPROVE = "approve"
    CHANGE_DATES = "change_dates"
    REVIEW_HOLD = "review_hold"
    UNBLOCK = "unblock"
    CONFIRM_FIRST_PAY = "confirm_first_pay"


@dataclass(frozen=True)
class Waiting:
    """One thing to do, for one side, by the end of a civil day."""

    transfer: Transfer
    side: Side
    act: Act
    due_on: date


def waiting_for(session: Session, officer_id: UUID, permissions: Permissions, now: datetime) -> list[Waiting]:
    """All that waits for this officer; what somebody else must do, or they may not, is not there."""
    mine = permissions.organisations(Permission.APPROVE_TRANSFER)
    query = select(Transfer).where(
        col(Transfer.state).in_(_WAITING),
        col(Transfer.person_id) != officer_id,
        or_(
            col(Transfer.exporting_organisation_id).in_(mine),
            col(Transfer.importing_organisation_id).in_(mine),
        ),
    )
    transfers = session.exec(query).all()
    looking = _Looking(session, [one.id for one in transfers], officer_id, permissions, civil_date(now))
    found = [
        one
        for transfer in transfers
        for side in Side
        if policy.organisation_of(transfer, side) in mine
        for one in looking.at(transfer, side)
    ]
    return sorted(found, key=lambda one: (one.due_on, one.transfer.id, one.side))


class _Looking:
    """Looks at many transfers with what belongs to them read once."""

    def __init__(
        self,
        session: Session,
        transfer_ids: Collection[UUID],
        officer_id: UUID,
        permissions: Permissions,
        today: date,
    ) -> None:
        self._officer_id, self._permissions, self._today = officer_id, permissions, today
        self._approvals: dict[UUID, list[TransferApproval]] = {}
        approvals = select(TransferApproval).where(col(TransferApproval.transfer_id).in_(transfer_ids))
        for approval in session.exec(approvals):
            self._approvals.setdefault(approval.transfer_id, []).append(approval)
        stopped = select(TransferInterruption).where(
            col(TransferInterruption.transfer_id).in_(transfer_ids),
            col(TransferInterruption.ended_at).is_(None),
        )
        self._stopped: Mapping[UUID, TransferInterruption] = {
            one.transfer_id: one for one in session.exec(stopped)
        }
        self._tasks: dict[UUID, list[TransferTask]] = {}
        for task in session.exec(select(TransferTask).where(col(TransferTask.transfer_id).in_(transfer_ids))):
            self._tasks.setdefault(task.transfer_id, []).append(task)

    def at(self, transfer: Transfer, side: Side) -> list[Waiting]:
        """What this side is to do, or nothing."""
        if transfer.state is TransferState.RECONCILING:
            if side is Side.EXPORTING:
                return []
            pay = [one for one in self._tasks[transfer.id] if one.kind is TaskKind.FIRST_PAY]
            due_on = pay[0].due_on if pay else transfer.start_date
            return [Waiting(transfer, side, Act.CONFIRM_FIRST_PAY, due_on)]
        stopped = self._stopped.get(transfer.id)
        if stopped is not None:
            if side not in interruptions.mended_by(stopped):
                return []
            if stopped.review_on is not None:
                return [Waiting(transfer, side, Act.REVIEW_HOLD, stopped.review_on)]
            return [Waiting(transfer, side, Act.UNBLOCK, transfer.last_day)]
        if transfer.start_date < self._today:
            importing = transfer.importing_organisation_id
            may = side is Side.IMPORTING and self._permissions.allows(Permission.PREPARE_TRANSFER, importing)
            return [Waiting(transfer, side, Act.CHANGE_DATES, transfer.start_date)] if may else []
        try:
            policy.check_may_approve(
                transfer, side, self._officer_id, self._permissions, self._approvals.get(transfer.id, ())
            )
            tasks.check_ready(self._tasks[transfer.id])
            policy.check_decided_nothing(self._tasks[transfer.id], self._permissions)
        except ProfileError:
            return []
        return [Waiting(transfer, side, Act.APPROVE, transfer.last_day)]

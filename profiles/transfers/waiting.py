"""What transfers wait for: who is to act, what they do, and by when; the most urgent first."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.employments.models import Posting
from profiles.errors import ProfileError
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationTree
from profiles.roles.parties import check_two_between
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import as_of, civil_date
from profiles.transfers import interruptions, policy, restarting
from profiles.transfers.models import (
    DetailsCorrection,
    Side,
    TaskKind,
    Transfer,
    TransferApproval,
    TransferInterruption,
    TransferState,
    TransferTask,
)
from profiles.transfers.parts import DOES, Doer
from profiles.transfers.tasks import open_before_approval, waits_for_manager

_WAITING = (
    TransferState.IN_PROGRESS,
    TransferState.ON_HOLD,
    TransferState.BLOCKED,
    TransferState.SCHEDULED,
    TransferState.LEFT,
    TransferState.RECONCILING,
)


class Act(StrEnum):
    """What is done in a transfer beside its tasks."""

    NAME_MANAGER = "name_manager"
    ANSWER_CORRECTION = "answer_correction"
    APPROVE = "approve"
    CHANGE_DATES = "change_dates"
    REVIEW_HOLD = "review_hold"
    AGREE_START = "agree_start"
    UNBLOCK = "unblock"
    DECIDE_SECURITY = "decide_security"
    """What blocks it is a security officer's to decide; the other side learns only whose it is."""


@dataclass(frozen=True)
class Waiting:
    """One thing to do, by the end of a civil day; ``side`` is None where the employee does it.

    ``due_on`` is None where there is none, or the reader may not know it: when the other department looks at
    its hold again.
    """

    transfer: Transfer
    side: Side | None
    act: Act | TaskKind
    due_on: date | None
    doer: Doer = Doer.HR


def waiting_for(session: Session, officer_id: UUID, permissions: Permissions, now: datetime) -> list[Waiting]:
    """All that waits for this officer; what somebody else must do, or they may not, is not there."""
    return _followed(session, officer_id, permissions, now)[0]


def waiting_for_others(
    session: Session, officer_id: UUID, permissions: Permissions, now: datetime
) -> list[Waiting]:
    """What the transfers that this officer follows wait for, where that is somebody else."""
    return _followed(session, officer_id, permissions, now)[1]


def waiting_of(
    session: Session, transfer: Transfer, sides: Collection[Side | None], now: datetime
) -> list[Waiting]:
    """All that one transfer waits for, as told to who is on these sides, None among them for the employee."""
    looking = _Looking(session, [transfer.id], now)
    return _sorted(_as_told(one, sides) for one in looking.at(transfer))


def waiting_of_each(
    session: Session, transfers: Sequence[Transfer], sides: Collection[Side | None], now: datetime
) -> list[tuple[Transfer, list[Waiting]]]:
    """The same of many, read together."""
    looking = _Looking(session, [one.id for one in transfers], now)
    return [
        (transfer, _sorted(_as_told(one, sides) for one in looking.at(transfer))) for transfer in transfers
    ]


def _followed(
    session: Session, officer_id: UUID, permissions: Permissions, now: datetime
) -> tuple[list[Waiting], list[Waiting]]:
    mine = permissions.organisations(Permission.SEE_TRANSFERS)
    query = select(Transfer).where(
        or_(col(Transfer.state).in_(_WAITING), col(Transfer.restart_on).is_not(None)),
        col(Transfer.person_id) != officer_id,
        or_(
            col(Transfer.exporting_organisation_id).in_(mine),
            col(Transfer.importing_organisation_id).in_(mine),
        ),
    )
    transfers = session.exec(query).all()
    looking = _Looking(session, [one.id for one in transfers], now)
    own: list[Waiting] = []
    others: list[Waiting] = []
    for transfer in transfers:
        sides = policy.sides_of(transfer, permissions)
        for one in looking.at(transfer):
            if looking.is_for(one, officer_id, permissions):
                own.append(one)
            else:
                others.append(_as_told(one, sides))
    return _sorted(own), _sorted(others)


def _sorted(found: Iterable[Waiting]) -> list[Waiting]:
    return sorted(found, key=lambda one: (one.due_on or date.max, one.transfer.id, one.side or "", one.act))


def _as_told(one: Waiting, sides: Collection[Side | None]) -> Waiting:
    if one.side in sides:
        return one
    if one.act is Act.REVIEW_HOLD:
        return replace(one, due_on=None)
    return replace(one, act=Act.UNBLOCK, doer=Doer.HR) if one.act is Act.DECIDE_SECURITY else one


class _Looking:
    """Looks at many transfers with what belongs to them read once."""

    def __init__(self, session: Session, transfer_ids: Collection[UUID], now: datetime) -> None:
        self._session, self._now = session, now
        self._today = civil_date(now)
        self._refused: dict[Hashable, bool] = {}
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
        owners = {one.owner_id for some in self._tasks.values() for one in some if not one.done_at}
        posts = select(Posting.person_id, Posting.organisation_id).where(
            as_of(Posting, now, now), col(Posting.person_id).in_(owners - {None})
        )
        self._places: dict[UUID, set[UUID]] = {}
        for person_id, organisation_id in session.exec(posts):
            self._places.setdefault(person_id, set()).add(organisation_id)
        asked = select(DetailsCorrection.transfer_id).where(
            col(DetailsCorrection.transfer_id).in_(transfer_ids),
            col(DetailsCorrection.answered_at).is_(None),
        )
        self._corrections = frozenset(session.exec(asked))

    def at(self, transfer: Transfer) -> list[Waiting]:
        """What the transfer waits for now; nothing of one that goes its way by itself."""
        asked = []
        if transfer.restart_on:
            asked.append(Waiting(transfer, Side.EXPORTING, Act.AGREE_START, transfer.restart_due_on))
        if transfer.state is TransferState.RECONCILING:
            return asked + self._of_tasks(transfer, (TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY))
        stopped = self._stopped.get(transfer.id)
        if stopped is not None:
            parts = self._of_tasks(transfer, (TaskKind.LINE_MANAGER, TaskKind.FIRST_DAY))
            return [
                *(_of_standstill(transfer, stopped, *by) for by in interruptions.mended_by(stopped)),
                *(one for one in parts if one.act is Act.NAME_MANAGER),
            ]
        if transfer.state in (TransferState.SCHEDULED, TransferState.LEFT):
            return self._of_tasks(transfer, (TaskKind.FIRST_DAY, TaskKind.PAYROLL_DETAILS))
        if transfer.state is not TransferState.IN_PROGRESS:
            return asked
        if transfer.needs_other_dates(self._today):
            by = transfer.agree_by if transfer.is_backdated else transfer.start_date
            return [Waiting(transfer, Side.IMPORTING, Act.CHANGE_DATES, by)]
        waiting = open_before_approval(self._tasks[transfer.id])
        if any(one.kind is TaskKind.CLEARANCE for one in waiting):
            # Whether the new department has what it needs, the release shows.
            waiting = [one for one in waiting if one.kind is not TaskKind.CLEARANCE_READY]
        found = [self._of_task(transfer, task) for task in waiting]
        found += self._of_tasks(transfer, (TaskKind.FIRST_DAY,))
        if waiting or waits_for_manager(self._tasks[transfer.id]):
            return found
        approved = {one.side for one in self._approvals.get(transfer.id, ())}
        return found + [
            Waiting(transfer, side, Act.APPROVE, max(transfer.last_day, transfer.dates_offered_on))
            for side in Side
            if side not in approved
        ]

    def is_for(self, one: Waiting, officer_id: UUID, permissions: Permissions) -> bool:
        """Whether this officer, of HR, can do it."""
        transfer = one.transfer
        if one.doer is not Doer.HR or one.side is None or permissions.are_of(transfer.person_id):
            return False
        if one.act is Act.CHANGE_DATES:
            return permissions.allows(Permission.PREPARE_TRANSFER, transfer.importing_organisation_id)
        if not permissions.allows(Permission.APPROVE_TRANSFER, policy.organisation_of(transfer, one.side)):
            return False
        try:
            if one.act is Act.AGREE_START:
                restarting.check_may_decide(self._session, transfer, officer_id, permissions, self._now)
            elif one.act is Act.APPROVE:
                approvals = self._approvals.get(transfer.id, ())
                policy.check_may_approve(transfer, one.side, officer_id, permissions, approvals)
                policy.check_decided_nothing(self._tasks[transfer.id], permissions)
                return not self._are_one_party(transfer, officer_id, approvals)
        except ProfileError:
            return False
        return True

    def _are_one_party(
        self, transfer: Transfer, officer_id: UUID, approvals: Iterable[TransferApproval]
    ) -> bool:
        """Whether a shared service would approve for both; asked once for the same people and departments."""
        sides = [policy.organisation_of(transfer, side) for side in Side]
        approvers = sorted(one.officer_id for one in approvals)
        asked = (officer_id, *approvers, *sides)
        if asked not in self._refused:
            try:
                check_two_between(self._session, officer_id, approvers, sides, self._now)
                self._refused[asked] = False
            except ProfileError:
                self._refused[asked] = True
        return self._refused[asked]

    def _of_tasks(self, transfer: Transfer, kinds: Collection[TaskKind]) -> list[Waiting]:
        return [
            self._of_task(transfer, one)
            for one in self._tasks[transfer.id]
            if one.done_at is None and one.kind in kinds
        ]

    def _of_task(self, transfer: Transfer, task: TransferTask) -> Waiting:
        """Where the owner cannot act yet, it waits for HR, who let them."""
        if DOES[task.kind] is Doer.LINE_MANAGER and self._has_no_owner(transfer, task):
            by = min(task.due_on, transfer.last_day)
            return Waiting(transfer, task.side, Act.NAME_MANAGER, by)
        if task.kind is TaskKind.EMPLOYEE_DETAILS and transfer.id in self._corrections:
            return Waiting(transfer, Side.EXPORTING, Act.ANSWER_CORRECTION, task.due_on)
        return Waiting(transfer, task.side, task.kind, task.due_on, DOES[task.kind])

    def _has_no_owner(self, transfer: Transfer, task: TransferTask) -> bool:
        """Whether no line manager is named, or the one who is works there no longer."""
        if task.owner_id is None or task.side is None:
            return True
        place, places = policy.organisation_of(transfer, task.side), self._places.get(task.owner_id, set())
        return place not in places and not any(place in self._tree.ancestors_of(one) for one in places)

    @cached_property
    def _tree(self) -> OrganisationTree:
        return organisations.tree(self._session, self._now)


def _of_standstill(
    transfer: Transfer, stopped: TransferInterruption, side: Side | None, doer: Doer
) -> Waiting:
    if stopped.review_on is not None:
        return Waiting(transfer, side, Act.REVIEW_HOLD, stopped.review_on)
    act = Act.DECIDE_SECURITY if doer is Doer.SECURITY_OFFICER else Act.UNBLOCK
    return Waiting(transfer, side, act, transfer.last_day, doer)

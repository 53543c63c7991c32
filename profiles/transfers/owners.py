"""The tasks that wait for somebody who is no HR officer: a line manager, a security officer, or payroll."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select

from profiles.errors import NotFound
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions, managers_of_deputy
from profiles.transfers import (
    clearance,
    interruptions,
    managers,
    payroll,
    required,
    standing_in,
    steps,
    tasks,
)
from profiles.transfers.models import (
    Side,
    TaskKind,
    Transfer,
    TransferInterruption,
    TransferState,
    TransferTask,
)
from profiles.transfers.parts import Doer


def waiting_for(
    session: Session, person_id: UUID, permissions: Permissions, now: datetime
) -> list[tuple[Transfer, TransferTask]]:
    """What only this person can say of others' moves, the most urgent first."""
    mine = permissions.organisations(Permission.MANAGE_CLEARANCES)
    managers_of = [person_id, *managers_of_deputy(session, person_id, now)]
    paid = col(Transfer.importing_organisation_id).in_(permissions.organisations(Permission.CONFIRM_PAY))
    query = (
        select(Transfer, TransferTask)
        .join(TransferTask, col(TransferTask.transfer_id) == col(Transfer.id))
        .where(
            col(Transfer.person_id) != person_id,
            col(TransferTask.done_at).is_(None),
            or_(
                and_(
                    col(Transfer.state) == TransferState.IN_PROGRESS,
                    col(TransferTask.kind) == TaskKind.CLEARANCE,
                    col(Transfer.exporting_organisation_id).in_(mine),
                ),
                and_(
                    col(Transfer.state) == TransferState.IN_PROGRESS,
                    col(TransferTask.kind) == TaskKind.LINE_MANAGER,
                    col(TransferTask.owner_id).in_(managers_of),
                ),
                and_(
                    col(Transfer.state).in_(managers.STILL_TO_JOIN),
                    col(TransferTask.kind) == TaskKind.FIRST_DAY,
                    col(TransferTask.owner_id).in_(managers_of),
                ),
                and_(
                    col(Transfer.state).in_(required.OPEN_STATES),
                    col(TransferTask.kind) == TaskKind.CLEARANCE_READY,
                    col(Transfer.importing_organisation_id).in_(mine),
                ),
                and_(
                    col(Transfer.state).in_(payroll.AGREED),
                    col(TransferTask.kind) == TaskKind.PAYROLL_DETAILS,
                    paid,
                ),
                and_(
                    col(Transfer.state) == TransferState.RECONCILING,
                    col(TransferTask.kind) == TaskKind.FIRST_PAY,
                    paid,
                ),
            ),
        )
    )
    found = [
        (transfer, task)
        for transfer, task in session.exec(query.order_by(col(TransferTask.due_on), col(Transfer.id)))
    ]
    return [
        (transfer, task)
        for transfer, task in found
        if is_owner(session, transfer, task.kind, person_id, permissions, now)
        and not (task.kind is TaskKind.CLEARANCE_READY and _waits_for_release(session, transfer))
    ]


def blocked_for(session: Session, person_id: UUID, permissions: Permissions) -> list[Transfer]:
    """Others' moves that stand still until a security officer of their old department decides."""
    mine = permissions.organisations(Permission.MANAGE_CLEARANCES)
    query = (
        select(Transfer, TransferInterruption)
        .join(TransferInterruption, col(TransferInterruption.transfer_id) == col(Transfer.id))
        .where(
            col(Transfer.state) == TransferState.BLOCKED,
            col(Transfer.exporting_organisation_id).in_(mine),
            col(Transfer.person_id).not_in({person_id, *permissions.parties}),
            col(TransferInterruption.ended_at).is_(None),
        )
        .order_by(col(Transfer.last_day), col(Transfer.id))
    )
    by_them = (Side.EXPORTING, Doer.SECURITY_OFFICER)
    return [one for one, stopped in session.exec(query) if by_them in interruptions.mended_by(stopped)]


def get_for(
    session: Session,
    transfer_id: UUID,
    kind: TaskKind,
    person_id: UUID,
    permissions: Permissions,
    now: datetime,
) -> Transfer:
    """The transfer, for the owner of this task of it. Raises NotFound to everybody else."""
    transfer = steps.get(session, transfer_id)
    if not is_owner(session, transfer, kind, person_id, permissions, now):
        raise NotFound("There is no such transfer.")
    return transfer


def is_owner(
    session: Session,
    transfer: Transfer,
    kind: TaskKind,
    person_id: UUID,
    permissions: Permissions,
    now: datetime,
) -> bool:
    """Whether the person is the line manager who is asked or stands in, or an officer for it there."""
    if kind is TaskKind.CLEARANCE:
        return clearance.may_decide(transfer, person_id, permissions)
    if kind is TaskKind.CLEARANCE_READY:
        return required.may_act(transfer, person_id, permissions)
    if kind in (TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY):
        return payroll.may_act(transfer, person_id, permissions)
    side = Side.EXPORTING if kind is TaskKind.LINE_MANAGER else Side.IMPORTING
    task = tasks.get(session, transfer, managers.TASK_OF[side])
    return standing_in.may_act(session, transfer, task, person_id, now)


def _waits_for_release(session: Session, transfer: Transfer) -> bool:
    return tasks.get(session, transfer, TaskKind.CLEARANCE).done_at is None

"""The tasks of a transfer: each is done by its owner, and some must be done before anybody approves."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.errors import Conflict, NotFound
from profiles.transfers import notices, steps
from profiles.transfers.models import (
    Side,
    TaskKind,
    Transfer,
    TransferApproval,
    TransferState,
    TransferStep,
    TransferTask,
)
from profiles.transfers.trail import audit

AT_APPROVAL = frozenset({TaskKind.RELEASE})
"""What the exporting officer confirms in the very act of approving."""
AFTERWARDS = frozenset({TaskKind.FIRST_DAY, TaskKind.PAYROLL_DETAILS, TaskKind.FIRST_PAY})
"""What no approval waits for."""


def of_transfer(session: Session, transfer_id: UUID) -> Sequence[TransferTask]:
    """The tasks of a transfer in their order."""
    query = select(TransferTask).where(col(TransferTask.transfer_id) == transfer_id)
    return session.exec(query.order_by(col(TransferTask.id))).all()


def get(session: Session, transfer: Transfer, kind: TaskKind) -> TransferTask:
    """The task of this kind. Raises NotFound: a move that was over before the kind came has none."""
    for task in of_transfer(session, transfer.id):
        if task.kind is kind:
            return task
    raise NotFound("This transfer has no such task.")


def find_owner(session: Session, transfer: Transfer, kind: TaskKind) -> UUID | None:
    """Who was asked to do the task; None too of a transfer that is only looked at before it is prepared."""
    return next((one.owner_id for one in of_transfer(session, transfer.id) if one.kind is kind), None)


def finish(
    session: Session, transfer: Transfer, kind: TaskKind, by: UUID, now: datetime, outcome: str
) -> None:
    """The task is done: by whom, when, and with which outcome.

    It was asked for with the offer; what payroll needs, once both departments had agreed; the first pay, with
    the start date.
    """
    task = get(session, transfer, kind)
    task.done_at, task.done_by, task.outcome = now, by, outcome
    task.took_hours = int((now - _asked_at(session, transfer, kind)) / timedelta(hours=1))
    session.add(task)
    session.flush()


def complete(
    session: Session,
    transfer: Transfer,
    kind: TaskKind,
    by: UUID,
    now: datetime,
    outcome: str,
    side: Side | None,
    deputy_of: UUID | None = None,
) -> None:
    """Its owner does the task, or a deputy; officers hear of it where it was the last before approval."""
    steps.claim(session, transfer)
    was_ready = is_ready(session, transfer)
    session.add(transfer)
    finish(session, transfer, kind, by, now, outcome)
    for_whom = {} if deputy_of is None else {"deputy_of": str(deputy_of)}
    audit(session, Event.TRANSFER_TASK_DONE, transfer, by, now, side, task=kind.value, **for_whom)
    tell_if_ready(session, transfer, was_ready, now)


def tell_if_ready(session: Session, transfer: Transfer, was_ready: bool, now: datetime) -> None:
    """Officers hear of it where what was settled just now was the last thing before approval."""
    if not was_ready and is_ready(session, transfer):
        notices.ready(session, transfer, now)


def reopen(session: Session, transfer: Transfer, kind: TaskKind, outcome: str = "") -> None:
    """What was done is not so any more, or came to nothing; the audit trail keeps that it was."""
    task = get(session, transfer, kind)
    task.done_at, task.done_by, task.outcome = None, None, outcome
    task.took_hours = None
    session.add(task)
    session.flush()


def check_ready(tasks: Collection[TransferTask]) -> None:
    """Raise Conflict, naming the first, while something is open that comes before any approval."""
    for task in open_before_approval(tasks):
        raise Conflict(_OPEN[task.kind])
    if waits_for_manager(tasks):
        raise Conflict("The new department has not said yet who the line manager is.")


def open_before_approval(tasks: Collection[TransferTask]) -> list[TransferTask]:
    """What is not done and comes before any approval."""
    return [one for one in tasks if one.done_at is None and one.kind not in AT_APPROVAL | AFTERWARDS]


def _asked_at(session: Session, transfer: Transfer, kind: TaskKind) -> datetime:
    if kind is TaskKind.FIRST_PAY:
        return transfer.join_at
    agreed = select(TransferStep.at).where(
        col(TransferStep.transfer_id) == transfer.id, col(TransferStep.to_state) == TransferState.SCHEDULED
    )
    newest = agreed.order_by(col(TransferStep.at).desc()).limit(1)
    found = session.exec(newest).first() if kind is TaskKind.PAYROLL_DETAILS else None
    return found or transfer.created_at


def waits_for_manager(tasks: Collection[TransferTask]) -> bool:
    """Whether nobody is named who arranges the first day; of older moves nobody is asked for one."""
    return any(
        one.kind is TaskKind.FIRST_DAY and one.owner_id is None and one.done_at is None for one in tasks
    )


def check_not_approved(session: Session, transfer: Transfer) -> None:
    """Raise Conflict once somebody has approved what stands there."""
    approved = select(TransferApproval.id).where(col(TransferApproval.transfer_id) == transfer.id)
    if session.exec(approved).first() is not None:
        raise Conflict("A department has approved this transfer already, so this cannot be changed any more.")


def is_ready(session: Session, transfer: Transfer) -> bool:
    """Whether everything that comes before any approval is done."""
    found = of_transfer(session, transfer.id)
    return not waits_for_manager(found) and not open_before_approval(found)


def check_all_done(tasks: Collection[TransferTask]) -> None:
    """Raise Conflict while something is open that comes before the start date."""
    check_ready(tasks)
    if any(not task.done_at for task in tasks if task.kind not in AFTERWARDS):
        raise Conflict("The old department has not confirmed everything yet.")


_OPEN = {
    TaskKind.EMPLOYEE_DETAILS: "The employee has not confirmed their details yet.",
    TaskKind.BPSS: "The new department has not recorded its check (BPSS or vetting) yet.",
    TaskKind.TERMS: "The employee has not accepted the terms yet.",
    TaskKind.SIGN_IN: "The employee has not said yet how they sign in on their first morning.",
    TaskKind.LINE_MANAGER: "The line manager of the old department has not confirmed yet.",
    TaskKind.CLEARANCE_READY: "The clearance that the new post needs is not there yet, nor a dispensation.",
    TaskKind.CLEARANCE: "The security officer of the old department has not decided on the clearance yet.",
}

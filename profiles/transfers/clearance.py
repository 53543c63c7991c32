"""Whether the clearance goes along: the old department's security officer decides, never HR."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.clearances.service import ClearanceView, clearances_of
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers import steps, tasks
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState

NOTHING = "There is no clearance to release."
RELEASED = "Released to the new department."
KEPT = "Not released: it lapses."


def releasable(session: Session, transfer: Transfer, now: datetime) -> Sequence[ClearanceView]:
    """The clearances that the old department sponsors, and so releases or lets lapse."""
    ours = organisations.tree(session, now).subtree_of(transfer.exporting_organisation_id)
    held = clearances_of(session, transfer.person_id, now)
    return [one for one in held if any(sponsor_id in ours for sponsor_id, _kind in one.sponsors)]


def may_decide(transfer: Transfer, officer_id: UUID, permissions: Permissions) -> bool:
    """Whether somebody is a security officer of the old department, and not the employee."""
    decides = permissions.allows(Permission.MANAGE_CLEARANCES, transfer.exporting_organisation_id)
    own = permissions.are_of(transfer.person_id) or officer_id == transfer.person_id
    return decides and not own


def decide(
    session: Session,
    now: datetime,
    *,
    transfer_id: UUID,
    officer_id: UUID,
    permissions: Permissions,
    released: bool,
) -> Transfer:
    """Release the clearance to the new department, or let it lapse with the last day.

    It may be decided anew until somebody has approved. Raises NotFound to everybody but security officers of
    the old department, NotPermitted to the employee, and Conflict.
    """
    transfer = steps.get(session, transfer_id)
    if not permissions.allows(Permission.MANAGE_CLEARANCES, transfer.exporting_organisation_id):
        raise NotFound("There is no such transfer.")
    if permissions.are_of(transfer.person_id) or officer_id == transfer.person_id:
        raise NotPermitted("You cannot decide on your own clearance.")
    if transfer.state is not TransferState.IN_PROGRESS:
        raise Conflict("This transfer does not wait for you now.")
    if not releasable(session, transfer, now):
        raise Conflict("There is no clearance to release.")
    if tasks.get(session, transfer, TaskKind.CLEARANCE).done_at is not None:
        tasks.check_not_approved(session, transfer)
    transfer.clearance_released = released
    outcome = RELEASED if released else KEPT
    tasks.complete(session, transfer, TaskKind.CLEARANCE, officer_id, now, outcome, Side.EXPORTING)
    return transfer


def look(session: Session, transfer: Transfer, now: datetime) -> None:
    """Nobody decides where there is nothing to release; what was granted meanwhile is decided on."""
    task = tasks.get(session, transfer, TaskKind.CLEARANCE)
    there = bool(releasable(session, transfer, now))
    if task.done_at is None and not there:
        task.done_at, task.outcome = now, NOTHING
        session.add(task)
        session.flush()
    elif task.done_by is None and task.done_at is not None and there:
        tasks.reopen(session, transfer, TaskKind.CLEARANCE)

"""Whether the clearance goes along: the old department's security officer decides, never HR."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.clearances.models import SponsorshipKind
from profiles.clearances.service import ClearanceView, clearances_of
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers import required, steps, tasks
from profiles.transfers.clearance_levels import find_taken
from profiles.transfers.models import Side, TaskKind, Transfer, TransferState

NOTHING = "There is no clearance to release."
NOT_ASKED = "The new department asks for none: what is held lapses."
RELEASED = "Released to the new department."
KEPT = "Not released: it lapses."


def releasable(session: Session, transfer: Transfer, now: datetime) -> Sequence[ClearanceView]:
    """The clearances that the old department sponsors, and so releases or lets lapse."""
    ours = organisations.tree(session, now).subtree_of(transfer.exporting_organisation_id)
    held = clearances_of(session, transfer.person_id, now)
    return [one for one in held if any(sponsor_id in ours for sponsor_id, _kind in one.sponsors)]


def find_asked(session: Session, transfer: Transfer, now: datetime) -> ClearanceView | None:
    """The one that the new department asks for: of the level that it needs, or the lowest above."""
    primary = [
        one
        for one in releasable(session, transfer, now)
        if any(kind is SponsorshipKind.PRIMARY for _sponsor_id, kind in one.sponsors)
    ]
    return find_taken(session, transfer, primary, now)


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
    if find_asked(session, transfer, now) is None:
        raise Conflict("There is no clearance to release.")
    if transfer.granted_on is not None:
        raise Conflict("It was granted anew for the new department meanwhile, so nothing is to be released.")
    if tasks.get(session, transfer, TaskKind.CLEARANCE).done_at is not None:
        tasks.check_not_approved(session, transfer)
    transfer.clearance_released = released
    outcome = RELEASED if released else KEPT
    tasks.complete(session, transfer, TaskKind.CLEARANCE, officer_id, now, outcome, Side.EXPORTING)
    required.look(session, transfer, now)
    return transfer


def look(session: Session, transfer: Transfer, now: datetime) -> None:
    """Nobody decides where nothing is asked for; what was granted meanwhile is decided on.

    Whether the new department has what it needs is looked at again with it.
    """
    task = tasks.get(session, transfer, TaskKind.CLEARANCE)
    asked = find_asked(session, transfer, now)
    if task.done_at is None and asked is None:
        task.done_at, task.outcome = now, NOTHING if transfer.required_level else NOT_ASKED
        session.add(task)
        session.flush()
    elif task.done_by is None and task.done_at is not None and asked is not None:
        tasks.reopen(session, transfer, TaskKind.CLEARANCE)
    required.look(session, transfer, now)

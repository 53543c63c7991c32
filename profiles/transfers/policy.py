"""Who may do what with a transfer: separation of duties, as pure functions."""

from collections.abc import Collection
from uuid import UUID

from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers.models import Side, TaskKind, Transfer, TransferApproval, TransferTask

DECIDED_FOR_APPROVAL = frozenset(
    {TaskKind.BPSS, TaskKind.LINE_MANAGER, TaskKind.CLEARANCE, TaskKind.CLEARANCE_READY}
)


def organisation_of(transfer: Transfer, side: Side) -> UUID:
    """The organisation on one side of a transfer."""
    if side is Side.EXPORTING:
        return transfer.exporting_organisation_id
    return transfer.importing_organisation_id


def sides_of(transfer: Transfer, permissions: Permissions) -> frozenset[Side]:
    """The sides whose transfers somebody may see."""
    return frozenset(
        side for side in Side if permissions.allows(Permission.SEE_TRANSFERS, organisation_of(transfer, side))
    )


def check_may_see(transfer: Transfer, person_id: UUID, permissions: Permissions) -> None:
    """Raise NotFound to everybody but the employee and HR of the two organisations."""
    if transfer.person_id != person_id and not sides_of(transfer, permissions):
        raise NotFound("There is no such transfer.")


def check_may_decide(transfer: Transfer, side: Side, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless the officer decides for this side, on somebody else's transfer."""
    if not permissions.allows(Permission.APPROVE_TRANSFER, organisation_of(transfer, side)):
        raise NotPermitted("You may not decide on transfers for that organisation.")
    if permissions.are_of(transfer.person_id) or officer_id == transfer.person_id:
        raise NotPermitted("You cannot decide on your own transfer.")


def check_may_prepare(
    person_id: UUID, officer_id: UUID, importing_organisation_id: UUID, permissions: Permissions
) -> None:
    """Raise NotPermitted unless HR or a vacancy holder brings this person to that organisation."""
    if not permissions.allows(Permission.OFFER_POSTS, importing_organisation_id):
        raise NotPermitted("You may not prepare transfers for that organisation.")
    if permissions.are_of(person_id) or person_id == officer_id:
        raise NotPermitted("You cannot prepare your own transfer. Ask a colleague in HR.")


def check_is_hr(importing_organisation_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted to a vacancy holder, for what HR alone prepares."""
    if not permissions.allows(Permission.PREPARE_TRANSFER, importing_organisation_id):
        raise NotPermitted("HR of your organisation does that.")


def check_may_follow(transfer: Transfer, person_id: UUID, permissions: Permissions) -> None:
    """Raise NotFound unless they prepared it, and still offer posts there."""
    if transfer.prepared_by != person_id or not permissions.allows(
        Permission.OFFER_POSTS, transfer.importing_organisation_id
    ):
        raise NotFound("There is no such transfer.")


def check_decided_nothing(tasks: Collection[TransferTask], permissions: Permissions) -> None:
    """Raise NotPermitted to who did, as manager, security officer or checker, what the approval rests on."""
    decided = [task.done_by for task in tasks if task.kind in DECIDED_FOR_APPROVAL]
    if any(permissions.are_of(one) for one in decided if one):
        raise NotPermitted("You have decided on a part of this transfer, so somebody else must approve it.")


def check_may_approve(
    transfer: Transfer,
    side: Side,
    officer_id: UUID,
    permissions: Permissions,
    approvals: Collection[TransferApproval],
) -> None:
    """Raise NotPermitted or Conflict unless this officer may approve for this side now.

    Nobody approves their own transfer or what they prepared, the two organisations' approvals come from
    different people, and each organisation approves once. A deputy and the absent officer are one person
    here, and so are all who act for the two through one shared service.
    """
    if not permissions.allows(Permission.APPROVE_TRANSFER, organisation_of(transfer, side)):
        raise NotPermitted("You may not approve transfers for that organisation.")
    if permissions.are_of(transfer.person_id) or officer_id == transfer.person_id:
        raise NotPermitted("You cannot approve your own transfer.")
    if any(permissions.are_of(one) for one in (transfer.prepared_by, transfer.redated_by) if one):
        raise NotPermitted("You prepared this transfer, so somebody else must approve it.")
    if any(approval.side is side for approval in approvals):
        raise Conflict("Your organisation has approved this transfer already.")
    if any(permissions.are_of(approval.officer_id) for approval in approvals):
        raise NotPermitted("You approved for the other organisation, so somebody else must approve here.")
    operators = permissions.operators.get(organisation_of(transfer, side), frozenset())
    if any(approval.operator_id in operators for approval in approvals):
        raise NotPermitted(
            "Your shared service approved for the other organisation, so an officer of this one must approve."
        )

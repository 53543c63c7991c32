"""Who may do what with a bulk move: separation of duties, as pure functions."""

from collections.abc import Collection
from uuid import UUID

from profiles.bulk_moves.models import BulkMove, BulkMoveAgreement, Reason
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.transfers.models import Side

OPEN_TO_BOTH = frozenset({Reason.SIGN_IN, Reason.EXCLUDED, Reason.NO_POST, Reason.PLANNED})
"""What the new department reads of why somebody is set apart; of the rest, that the old one settles it."""


def organisation_of(move: BulkMove, side: Side) -> UUID:
    """The organisation on one side of a bulk move."""
    return move.exporting_organisation_id if side is Side.EXPORTING else move.importing_organisation_id


def sides_of(move: BulkMove, permissions: Permissions) -> frozenset[Side]:
    """The sides whose moves somebody may see."""
    return _sides_with(move, permissions, Permission.SEE_TRANSFERS)


def sides_deciding(move: BulkMove, permissions: Permissions) -> frozenset[Side]:
    """The sides for which somebody may decide."""
    return _sides_with(move, permissions, Permission.APPROVE_TRANSFER)


def check_may_see(move: BulkMove, permissions: Permissions) -> None:
    """Raise NotFound to everybody but HR and payroll of the two organisations."""
    pays = permissions.allows(Permission.CONFIRM_PAY, move.importing_organisation_id)
    if not sides_of(move, permissions) and not pays:
        raise NotFound("There is no such bulk move.")


def reads_the_list(
    move: BulkMove, sides: Collection[Side], agreements: Collection[BulkMoveAgreement]
) -> bool:
    """Whether somebody of these sides reads who is on the list, how far each is, and what it changes.

    Who would have people back learns from it what became of them in their present department, so that it
    does once that department has agreed.
    """
    agreed = any(one.side is Side.EXPORTING for one in agreements)
    return move.reverses_id is None or agreed or Side.EXPORTING in sides


def check_may_draft(permissions: Permissions, exporting_organisation_ids: Collection[UUID]) -> None:
    """Raise NotPermitted unless the officer prepares moves for every organisation whose people are named."""
    if not set(exporting_organisation_ids) <= permissions.organisations(Permission.PREPARE_TRANSFER):
        raise NotPermitted("You may not prepare bulk moves of the people of that organisation.")


def check_may_decide(move: BulkMove, side: Side, permissions: Permissions) -> None:
    """Raise NotPermitted unless the officer decides for this side."""
    if side not in sides_deciding(move, permissions):
        raise NotPermitted("You may not decide on bulk moves for that organisation.")


def check_may_agree(
    move: BulkMove,
    side: Side,
    permissions: Permissions,
    agreements: Collection[BulkMoveAgreement],
    *,
    is_on_the_list: bool,
) -> None:
    """Raise NotPermitted or Conflict unless this officer may agree for this side now.

    Nobody agrees to what they prepared, the two agreements come from different people, and each organisation
    agrees once; a deputy and the absent officer are one person here, and all who act through one shared
    service are one party. Whoever is on the list agrees only where it takes everybody: nobody picked them,
    and their terms are preserved like everybody's.
    """
    check_may_decide(move, side, permissions)
    if permissions.are_of(move.prepared_by):
        raise NotPermitted("You prepared this list, so somebody else must agree to it.")
    if permissions.are_of(move.redated_by):
        raise NotPermitted("You set this start date, so somebody else must agree to it.")
    if is_on_the_list and not move.is_of_all:
        raise NotPermitted("You are on this list, so somebody else must agree to it.")
    if any(one.side is side for one in agreements):
        raise Conflict("Your organisation has agreed already.")
    if any(permissions.are_of(one.officer_id) for one in agreements):
        raise NotPermitted("You agreed for the other organisation, so somebody else must agree here.")
    operators = permissions.operators.get(organisation_of(move, side), frozenset())
    if any(one.operator_id in operators for one in agreements):
        raise NotPermitted(
            "Your shared service agreed for the other organisation, so an officer of this one must agree."
        )


def _sides_with(move: BulkMove, permissions: Permissions, needed: Permission) -> frozenset[Side]:
    return frozenset(side for side in Side if permissions.allows(needed, organisation_of(move, side)))

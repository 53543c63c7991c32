"""Who may do what with a recovery: separation of duties, as pure functions.

A role is not enough: nobody acts for themselves, or for whom they stand in for, and the two officers are
two people.
"""

from datetime import datetime
from uuid import UUID

from identity.recovery.models import Recovery, RecoveryState
from profiles.errors import Conflict, NotPermitted
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions


def check_may_request(
    person_id: UUID, officer_id: UUID, organisation_id: UUID, permissions: Permissions
) -> None:
    """Raise NotPermitted unless the officer may begin a recovery of this person's account."""
    if not permissions.allows(Permission.REQUEST_RECOVERY, organisation_id):
        raise NotPermitted("You may not begin recoveries for that organisation.")
    if officer_id == person_id or permissions.are_of(person_id):
        raise NotPermitted("You cannot recover your own account. Ask a colleague in HR.")


def check_may_decide(recovery: Recovery, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless the officer may see and cancel this recovery, which is not their own."""
    if not permissions.allows(Permission.CONFIRM_RECOVERY, recovery.organisation_id):
        raise NotPermitted("You may not decide on recoveries for that organisation.")
    if officer_id == recovery.person_id or permissions.are_of(recovery.person_id):
        raise NotPermitted("This is your own account, so others must decide.")


def check_may_confirm(recovery: Recovery, officer_id: UUID, permissions: Permissions) -> None:
    """Raise NotPermitted unless the officer may be the second one."""
    check_may_decide(recovery, officer_id, permissions)
    if permissions.are_of(recovery.requested_by):
        raise NotPermitted("You began this recovery, so somebody else must confirm it.")


def check_may_take_over(
    recovery: Recovery, from_officer_id: UUID, officer_id: UUID, permissions: Permissions
) -> None:
    """Raise NotPermitted unless the officer may take the place of one of the two, Conflict when it is late.

    It takes the same role, and somebody who has no part in this recovery yet and never had.
    """
    check_may_decide(recovery, officer_id, permissions)
    if recovery.state is not RecoveryState.WAITING or from_officer_id not in _both(recovery):
        raise Conflict("Nothing can be taken over here any more. Look at the recovery again.")
    if officer_id in _both(recovery) or str(officer_id) in recovery.replaced:
        raise NotPermitted("You have had a part in this recovery, so somebody else must take over.")
    if from_officer_id == recovery.requested_by:
        check_may_request(recovery.person_id, officer_id, recovery.organisation_id, permissions)


def _both(recovery: Recovery) -> tuple[UUID | None, ...]:
    return recovery.requested_by, recovery.confirmed_by


def check_may_take_code(
    recovery: Recovery, officer_id: UUID, permissions: Permissions, now: datetime
) -> None:
    """Raise NotPermitted unless a code is this officer's to hand over, Conflict before the time has come."""
    check_may_decide(recovery, officer_id, permissions)
    if officer_id not in _both(recovery):
        raise NotPermitted("Only the two officers who checked who the person is hand over a code.")
    if recovery.ready_at is None or now < recovery.ready_at:
        raise Conflict("The waiting time is not over yet.")

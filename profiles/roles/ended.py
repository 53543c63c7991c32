"""What is left of an organisation that has ended is for who answers for it now."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.organisations.ended import ended
from profiles.roles.models import RoleAssignment
from profiles.roles.permissions import ALLOWED, Permission
from profiles.roles.service import Permissions, permissions_of, who_may
from profiles.temporal import as_of


def with_ended(session: Session, permissions: Permissions, now: datetime) -> Permissions:
    """The same, and at the organisations that have ended for which those where they are held answer.

    Only for looking at what is left of them, and settling it: nothing new begins there.
    """
    if not permissions.at_organisations:
        return permissions
    gone = ended(session, now)
    if not gone.above:
        return permissions
    held = {
        permission: places | gone.answered_for(places, permissions.with_below.get(permission, frozenset()))
        for permission, places in permissions.at_organisations.items()
    }
    return replace(permissions, at_organisations=held)


def who_answers(session: Session, permission: Permission, organisation_id: UUID, now: datetime) -> list[UUID]:
    """Who holds a permission there, or has it for what is left of one that has ended."""
    if organisation_id not in ended(session, now).above:
        return who_may(session, permission, organisation_id, now)
    roles = [role for role, allowed in ALLOWED.items() if permission in allowed]
    held = select(RoleAssignment.person_id).where(
        as_of(RoleAssignment, now, now), col(RoleAssignment.role).in_(roles)
    )
    return [
        one
        for one in dict.fromkeys(session.exec(held.order_by(col(RoleAssignment.id))))
        if with_ended(session, permissions_of(session, one, now), now).allows(permission, organisation_id)
    ]

"""Who counts as one where the rule is that two must decide.

A deputy stands in for an absent officer: what one of them has begun, the other does not decide, nor do two
deputies of the same officer make two.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from profiles.roles.models import RoleAssignment
from profiles.temporal import known

ONE_AFTERWARDS = timedelta(days=90)
"""How long after the last day of a deputy what they did still counts as the absent officer's."""


def one_with(session: Session, person_id: UUID, at: datetime) -> frozenset[UUID]:
    """Everybody who counts as one with a person at ``at``, the person among them."""
    found, asked = {person_id}, {person_id}
    while asked:
        pairs = session.execute(
            select(RoleAssignment.person_id, RoleAssignment.deputy_of).where(
                known(RoleAssignment, at),
                col(RoleAssignment.deputy_of).is_not(None),
                or_(col(RoleAssignment.person_id).in_(asked), col(RoleAssignment.deputy_of).in_(asked)),
                col(RoleAssignment.valid_from) <= at,
                col(RoleAssignment.valid_to) > at - ONE_AFTERWARDS,
            )
        ).all()
        asked = {one for pair in pairs for one in pair} - found
        found |= asked
    return frozenset(found)


def are_one(session: Session, person_id: UUID, other_id: UUID | None, at: datetime) -> bool:
    """Whether two people count as one at ``at``; nobody is one with nobody."""
    return other_id is not None and other_id in one_with(session, person_id, at)

"""Who holds which role at organisations, on any day and by the knowledge of any day."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.organisations import service as organisations
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import as_of


def roles_at(
    session: Session, organisation_ids: Collection[UUID], valid_at: datetime, known_at: datetime
) -> list[RoleAssignment]:
    """What was held at ``valid_at`` there, or above with what is below it, as known at ``known_at``.

    Administrators of the platform, who can ask for roles anywhere, come first; then by organisation, role and
    first day. A deputy's is among them also while the officer's own has ended.
    """
    tree = organisations.tree(session, valid_at, known_at)
    above = {one for place in organisation_ids for one in tree.ancestors_of(place)}
    found = session.exec(
        select(RoleAssignment).where(
            as_of(RoleAssignment, valid_at, known_at),
            or_(
                col(RoleAssignment.organisation_id).in_(above), col(RoleAssignment.organisation_id).is_(None)
            ),
        )
    ).all()
    order = list(Role)
    return sorted(
        (
            one
            for one in found
            if one.include_subtree or one.organisation_id is None or one.organisation_id in organisation_ids
        ),
        key=lambda one: (str(one.organisation_id or ""), order.index(one.role), one.valid_from, one.id),
    )

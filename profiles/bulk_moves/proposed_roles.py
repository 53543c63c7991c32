"""The roles that people who move hold at the old organisation, proposed to the new one.

None is given by a move: nobody becomes an officer of an organisation because their post went there. The
successor's administrators see who held what, and give anew what they want.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.bulk_moves.models import BulkMove, BulkMoveMember, MemberState
from profiles.bulk_moves.states import RECORDED
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import INSTANT, as_of, known


@dataclass(frozen=True)
class ProposedRole:
    """A role that somebody held in their own right until they moved; ``given``: at the new one as well."""

    person_id: UUID
    role: Role
    organisation_id: UUID
    include_subtree: bool
    given: bool


def proposed_roles(session: Session, move: BulkMove, now: datetime) -> list[ProposedRole]:
    """What people who move, or have moved, hold at the organisations that they leave; by person.

    Nothing before the move is recorded: until then the successor has no need to know who is an officer.
    """
    if move.state not in RECORDED:
        return []
    staying = (MemberState.SET_APART, MemberState.CANCELLED)
    members = select(BulkMoveMember.person_id).where(
        col(BulkMoveMember.bulk_move_id) == move.id, col(BulkMoveMember.state).not_in(staying)
    )
    places = select(BulkMoveMember.organisation_id).where(col(BulkMoveMember.bulk_move_id) == move.id)
    # As it was, or will be, just before the start; the role itself may end with it.
    held = session.exec(
        select(RoleAssignment)
        .where(
            as_of(RoleAssignment, move.starts_at - INSTANT, now),
            col(RoleAssignment.person_id).in_(members),
            or_(
                col(RoleAssignment.organisation_id).in_(places),
                col(RoleAssignment.organisation_id) == move.exporting_organisation_id,
            ),
            col(RoleAssignment.deputy_of).is_(None),
            col(RoleAssignment.operator_id).is_(None),
        )
        .order_by(col(RoleAssignment.person_id), col(RoleAssignment.role), col(RoleAssignment.id))
    ).all()
    given = _given(session, move, now)
    return [
        ProposedRole(
            one.person_id,
            one.role,
            one.organisation_id,
            one.include_subtree,
            (one.person_id, one.role) in given,
        )
        for one in held
        if one.organisation_id is not None
    ]


def into(session: Session, organisation_id: UUID) -> Sequence[BulkMove]:
    """The bulk moves into an organisation that are recorded, newest first."""
    query = select(BulkMove).where(
        col(BulkMove.importing_organisation_id) == organisation_id, col(BulkMove.state).in_(RECORDED)
    )
    return session.exec(query.order_by(col(BulkMove.id).desc())).all()


def _given(session: Session, move: BulkMove, now: datetime) -> set[tuple[UUID, Role]]:
    """Who holds what at the new organisation once they are there."""
    at = max(now, move.starts_at)
    query = select(RoleAssignment.person_id, RoleAssignment.role).where(
        known(RoleAssignment, now),
        col(RoleAssignment.organisation_id) == move.importing_organisation_id,
        or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > at),
        col(RoleAssignment.deputy_of).is_(None),
    )
    return {(person_id, Role(role)) for person_id, role in session.exec(query)}

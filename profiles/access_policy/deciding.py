"""Who decides on what those who approve access do not: roles in Lanyard, and organisations that sleep.

Officers of the organisation itself do or, where it has none who could, the platform's administrators (see the
decision on roles in Lanyard in docs/adr).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.access_policy.delegations import DelegationWanted
from profiles.access_policy.domains import DomainWanted
from profiles.access_policy.models import PolicyChange, PolicyKind, PolicyState, still_waits
from profiles.access_policy.places import PlaceWanted
from profiles.access_policy.successions import SuccessionWanted
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.roles.models import RoleAssignment
from profiles.roles.permissions import ALLOWED, Permission
from profiles.roles.service import Permissions, permissions_of, platform_administrators, who_may
from profiles.temporal import as_of

APART: Mapping[PolicyKind, Permission] = {
    PolicyKind.ROLE: Permission.CONFIRM_ROLES,
    PolicyKind.REINSTATEMENT: Permission.REINSTATE_ORGANISATIONS,
}
"""What is decided on pages of its own, and by whom."""


def concerned_by(session: Session, change: PolicyChange, now: datetime) -> frozenset[UUID | None]:
    """Who asked for it, whom it is about, and the shared services through which the first acts there."""
    asking = permissions_of(session, change.proposed_by, now)
    return asking.parties_at(change.organisation_id) | {change.proposed_by, change.person_id}


def between(session: Session, wanted: object) -> frozenset[UUID]:
    """The organisations between which it is: both are to speak, or officers of one get a say at the other.

    Of what one decides on alone, such as who may use its apps, there are none.
    """
    found: tuple[UUID | None, ...] = ()
    if isinstance(wanted, DelegationWanted):
        found = (wanted.organisation_id(session), wanted.to_id)
    elif isinstance(wanted, DomainWanted):
        found = (wanted.from_id, wanted.to_id, wanted.above_id)
    elif isinstance(wanted, PlaceWanted):
        found = (wanted.moved_id, wanted.parent_id, wanted.from_id)
    elif isinstance(wanted, SuccessionWanted):
        found = (wanted.predecessor_id, wanted.successor_id)
    return frozenset(one for one in found if one is not None)


def own_deciders(
    session: Session,
    kind: PolicyKind,
    organisation_id: UUID,
    concerned: Collection[UUID | None],
    now: datetime,
) -> list[UUID]:
    """Its own officers who could decide: none who are ``concerned``, or one party with who is."""
    found = who_may(session, APART[kind], organisation_id, now)
    return _apart_from(session, found, organisation_id, concerned, now)


def deciders(
    session: Session,
    kind: PolicyKind,
    organisation_id: UUID,
    concerned: Collection[UUID | None],
    now: datetime,
) -> list[UUID]:
    """The same or, where there are none, the administrators of the platform who could."""
    found = own_deciders(session, kind, organisation_id, concerned, now)
    return found or _apart_from(
        session, platform_administrators(session, now), organisation_id, concerned, now
    )


def _apart_from(
    session: Session,
    officers: Collection[UUID],
    organisation_id: UUID,
    concerned: Collection[UUID | None],
    now: datetime,
) -> list[UUID]:
    return [
        one
        for one in officers
        if permissions_of(session, one, now).parties_at(organisation_id).isdisjoint(concerned)
    ]


def decides(session: Session, change: PolicyChange, permissions: Permissions, now: datetime) -> bool:
    """Whether it is for this officer, who may be concerned by it, to decide."""
    if permissions.allows(APART[change.kind], change.organisation_id):
        return True
    return APART[change.kind] in permissions.platform and not own_deciders(
        session, change.kind, change.organisation_id, concerned_by(session, change, now), now
    )


def waiting_for(
    session: Session, kind: PolicyKind, permissions: Permissions, now: datetime
) -> Sequence[PolicyChange]:
    """What waits and is for this officer to decide, the oldest first."""
    query = select(PolicyChange).where(col(PolicyChange.kind) == kind, still_waits(now))
    if APART[kind] not in permissions.platform:
        mine = permissions.organisations(APART[kind])
        query = query.where(col(PolicyChange.organisation_id).in_(mine))
    found = session.exec(query.order_by(col(PolicyChange.id))).all()
    return [one for one in found if decides(session, one, permissions, now)]


def count_waiting(session: Session, kind: PolicyKind, permissions: Permissions, now: datetime) -> int:
    """How much of it is neither about them nor asked for by them, or through their shared service."""
    if not permissions.anywhere(APART[kind]):
        return 0
    return sum(
        permissions.parties_at(one.organisation_id).isdisjoint(concerned_by(session, one, now))
        for one in waiting_for(session, kind, permissions, now)
    )


def get_waiting_for(
    session: Session, change_id: UUID, kind: PolicyKind, permissions: Permissions, now: datetime
) -> PolicyChange:
    """One of them. Raises NotFound."""
    found = session.get(PolicyChange, change_id)
    if found is None or found.kind is not kind or not decides(session, found, permissions, now):
        raise NotFound("There is no such change.")
    if found.state is not PolicyState.WAITING:
        raise NotFound("This change was decided.")
    return found


def without_own(session: Session, kind: PolicyKind, now: datetime) -> frozenset[UUID]:
    """The organisations that have nobody of their own who could decide: the platform answers for them."""
    known = organisations.tree(session, now)
    roles = [role for role, allowed in ALLOWED.items() if APART[kind] in allowed]
    held = select(RoleAssignment).where(
        as_of(RoleAssignment, now, now),
        col(RoleAssignment.role).in_(roles),
        col(RoleAssignment.organisation_id).is_not(None),
        col(RoleAssignment.deputy_of).is_(None),
    )
    answered: set[UUID] = set()
    for one in session.exec(held):
        if one.organisation_id is not None:
            answered |= (
                known.subtree_of(one.organisation_id) if one.include_subtree else {one.organisation_id}
            )
    return frozenset(known.organisations) - answered

"""What a person may do in Lanyard, and where."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.organisations import service as organisations
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.permissions import ALLOWED, Permission
from profiles.temporal import Provenance, as_of, current, record


@dataclass(frozen=True)
class Permissions:
    """Where each permission is held; those of ``platform`` are held at no organisation in particular."""

    at_organisations: Mapping[Permission, frozenset[UUID]]
    platform: frozenset[Permission] = frozenset()

    @property
    def any(self) -> bool:
        """Whether there is one at all."""
        return bool(self.platform or self.at_organisations)

    def allows(self, permission: Permission, organisation_id: UUID) -> bool:
        """Whether the permission is held at this organisation."""
        return organisation_id in self.organisations(permission)

    def organisations(self, permission: Permission) -> frozenset[UUID]:
        """Where the permission is held."""
        return self.at_organisations.get(permission, frozenset())

    def anywhere(self, permission: Permission) -> bool:
        """Whether the permission is held at one organisation at least, or on the platform."""
        return permission in self.platform or bool(self.organisations(permission))


def permissions_of(session: Session, person_id: UUID, at: datetime) -> Permissions:
    """Everything that a person's roles allow at ``at``."""
    assignments = current(session, RoleAssignment, at, at, person_id=person_id)
    if not assignments:
        return Permissions({})
    tree = organisations.tree(session, at) if any(one.include_subtree for one in assignments) else None
    held: dict[Permission, frozenset[UUID]] = {}
    platform: set[Permission] = set()
    for one in assignments:
        if one.organisation_id is None:
            platform |= ALLOWED[one.role]
            continue
        where = (
            tree.subtree_of(one.organisation_id) if tree and one.include_subtree else {one.organisation_id}
        )
        for permission in ALLOWED[one.role]:
            held[permission] = held.get(permission, frozenset()) | where
    return Permissions(held, frozenset(platform))


def who_may(session: Session, permission: Permission, organisation_id: UUID, at: datetime) -> list[UUID]:
    """The people who hold a permission at an organisation, each once."""
    roles = [role for role, allowed in ALLOWED.items() if permission in allowed]
    return holders(session, roles, organisation_id, at)


def holders(session: Session, roles: Collection[Role], organisation_id: UUID, at: datetime) -> list[UUID]:
    """The people who hold one of these roles at an organisation, each once."""
    above = organisations.tree(session, at).ancestors_of(organisation_id)
    query = (
        select(RoleAssignment)
        .where(
            as_of(RoleAssignment, at, at),
            col(RoleAssignment.role).in_(roles),
            col(RoleAssignment.organisation_id).in_(above),
        )
        .order_by(col(RoleAssignment.id))
    )
    found = [
        one.person_id
        for one in session.exec(query)
        if one.include_subtree or one.organisation_id == organisation_id
    ]
    return list(dict.fromkeys(found))


def assign(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    role: Role,
    organisation_id: UUID | None,
    valid_from: datetime,
    valid_to: datetime | None = None,
    include_subtree: bool = False,
) -> RoleAssignment:
    """Give a person a role at an organisation, or on the platform, between two instants."""
    assignment = RoleAssignment(
        person_id=person_id,
        role=role,
        organisation_id=organisation_id,
        include_subtree=include_subtree,
        **provenance.stamp(now, valid_from, valid_to),
    )
    append(
        session,
        Event.ROLE_ASSIGNED,
        initiator,
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        details={"role": role.value},
    )
    return record(session, assignment)

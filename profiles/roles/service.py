"""What a person may do in Lanyard, and where."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel, col, exists, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.parties import one_with
from profiles.roles.permissions import ALLOWED, Permission
from profiles.temporal import Provenance, as_of, current, end, history, record


@dataclass(frozen=True)
class Permissions:
    """Where each permission is held; those of ``platform`` are held at no organisation in particular."""

    at_organisations: Mapping[Permission, frozenset[UUID]]
    platform: frozenset[Permission] = frozenset()
    parties: frozenset[UUID] = frozenset()
    """Who counts as one with the person where two must decide, the person among them."""
    operators: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    """At which organisations the person acts through which shared services: each is one party."""
    with_below: Mapping[Permission, frozenset[UUID]] = field(default_factory=dict)
    """Where of these each permission is held together with what is below."""

    def are_of(self, person_id: UUID | None) -> bool:
        """Whether that person is whose permissions these are, or counts as one with them."""
        return person_id in self.parties

    def parties_at(self, organisation_id: UUID) -> frozenset[UUID]:
        """The same and, because each is one party, the shared services through which they act there."""
        return self.parties | self.operators.get(organisation_id, frozenset())

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
    assignments = _in_force(session, current(session, RoleAssignment, at, at, person_id=person_id), at)
    if not assignments:
        return Permissions({}, parties=frozenset({person_id}))
    tree = organisations.tree(session, at) if any(one.include_subtree for one in assignments) else None
    held: dict[Permission, frozenset[UUID]] = {}
    whole: dict[Permission, frozenset[UUID]] = {}
    platform: set[Permission] = set()
    operators: dict[UUID, frozenset[UUID]] = {}
    for one in assignments:
        if one.organisation_id is None:
            platform |= ALLOWED[one.role]
            continue
        where = (
            tree.subtree_of(one.organisation_id) if tree and one.include_subtree else {one.organisation_id}
        )
        for permission in ALLOWED[one.role]:
            held[permission] = held.get(permission, frozenset()) | where
            if one.include_subtree:
                whole[permission] = whole.get(permission, frozenset()) | where
        if one.operator_id is not None:
            operators |= {place: operators.get(place, frozenset()) | {one.operator_id} for place in where}
    return Permissions(held, frozenset(platform), one_with(session, person_id, at), operators, whole)


def _in_force(session: Session, assignments: Sequence[RoleAssignment], at: datetime) -> list[RoleAssignment]:
    """Those that allow anything: none of who is on a career break and has no post, whoever recorded that.

    A deputy's do while the officer holds the role there in their own right, and the deputy works there or for
    the shared service through which it is held.
    """
    away = _away(session, {one.person_id for one in assignments}, at)
    present = [one for one in assignments if one.person_id not in away]
    return [
        one
        for one in present
        if one.deputy_of is None
        or (_works_near(session, one, one.person_id, at) and _holds(session, one.deputy_of, one, at))
    ]


def _holds(session: Session, absent_id: UUID, deputy: RoleAssignment, at: datetime) -> bool:
    """Whether who is absent holds the role themselves; of a line manager, whether they work there."""
    if deputy.role is Role.LINE_MANAGER:
        return _works_near(session, deputy, absent_id, at)
    return any(
        own.deputy_of is None
        and (own.role, own.organisation_id) == (deputy.role, deputy.organisation_id)
        and own.include_subtree >= deputy.include_subtree
        for own in current(session, RoleAssignment, at, at, person_id=absent_id)
    )


def _away(session: Session, person_ids: Collection[UUID], at: datetime) -> frozenset[UUID]:
    """Who of them is on a career break and has no post."""
    # By their names, as below.
    posts: Any = SQLModel.metadata.tables["postings"].c
    breaks: Any = SQLModel.metadata.tables["career_breaks"].c
    posted = exists().where(posts.person_id == breaks.person_id, as_of(posts, at, at))
    found = select(breaks.person_id).where(breaks.person_id.in_(person_ids), as_of(breaks, at, at), ~posted)
    return frozenset(session.exec(found)) if person_ids else frozenset()


def _works_near(session: Session, one: RoleAssignment, person_id: UUID, at: datetime) -> bool:
    tree = organisations.tree(session, at)
    places = [place for place in (one.organisation_id, one.operator_id) if place is not None]
    near = {below for place in places for below in (place, *tree.subtree_of(place))}
    # By its name: employments are built on roles, not roles on employments.
    posts: Any = SQLModel.metadata.tables["postings"].c
    held = select(posts.id).where(
        posts.person_id == person_id, posts.organisation_id.in_(sorted(near)), as_of(posts, at, at)
    )
    return session.execute(held.limit(1)).first() is not None


def line_managers_deputies(session: Session, manager_id: UUID, at: datetime) -> list[UUID]:
    """Who stands in at ``at`` for somebody as line manager, each once."""
    held = current(session, RoleAssignment, at, at, deputy_of=manager_id, role=Role.LINE_MANAGER)
    return list(dict.fromkeys(one.person_id for one in _in_force(session, held, at)))


def managers_of_deputy(session: Session, deputy_id: UUID, at: datetime) -> list[UUID]:
    """For whom somebody stands in at ``at`` as line manager, each once."""
    held = current(session, RoleAssignment, at, at, person_id=deputy_id, role=Role.LINE_MANAGER)
    found = [one.deputy_of for one in _in_force(session, held, at)]
    return list(dict.fromkeys(one for one in found if one is not None))


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
        for one in _in_force(session, session.exec(query).all(), at)
        if one.include_subtree or one.organisation_id == organisation_id
    ]
    return list(dict.fromkeys(found))


def platform_administrators(session: Session, at: datetime) -> list[UUID]:
    """The people who administer the platform, each once."""
    held = current(session, RoleAssignment, at, at, role=Role.PLATFORM_ADMINISTRATOR)
    return list(dict.fromkeys(one.person_id for one in held))


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
    deputy_of: UUID | None = None,
    operator_id: UUID | None = None,
) -> RoleAssignment:
    """Give a person a role at an organisation, or on the platform, between two instants.

    Raises Invalid, naming the field, for a deputy without a last day, of themselves, or of somebody who does
    not hold the role there in their own right when it begins, or who does not work there then; and for a line
    manager who is nobody's deputy.
    """
    if role is Role.LINE_MANAGER and deputy_of is None:
        raise Invalid("The record says who is a line manager. Nobody is given that.", field="role")
    assignment = RoleAssignment(
        person_id=person_id,
        role=role,
        organisation_id=organisation_id,
        include_subtree=include_subtree,
        deputy_of=deputy_of,
        operator_id=operator_id,
        **provenance.stamp(now, valid_from, valid_to),
    )
    if deputy_of is not None:
        if valid_to is None:
            raise Invalid("A deputy needs a last day.", field="valid_to")
        begins = max(valid_from, now)
        if deputy_of == person_id or not _in_force(session, [assignment], begins):
            raise Invalid(
                "They hold no such role there whom this is to be the deputy of, "
                "or the deputy does not work there.",
                field="deputy_of",
            )
    append(
        session,
        Event.ROLE_ASSIGNED,
        initiator,
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        details={"role": role.value, **_through(assignment)},
    )
    return record(session, assignment)


def end_role(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    role: Role,
    organisation_id: UUID,
) -> None:
    """End a person's role at an organisation now, and what was to begin later. Raises NotFound."""
    same = {"person_id": person_id, "role": role, "organisation_id": organisation_id}
    found = [
        one
        for one in history(session, RoleAssignment, now, **same)
        if one.valid_to is None or one.valid_to > now
    ]
    if not found:
        raise NotFound("They hold no such role there.")
    for one in found:
        end(session, one, now, now, provenance)
    _note_end(session, now, initiator, found[0])


def end_assignment(
    session: Session, now: datetime, provenance: Provenance, initiator: Initiator, assignment: RoleAssignment
) -> None:
    """End this one now, or retract it before it begins; what else the person holds there stays."""
    _note_end(session, now, initiator, assignment)
    end(session, assignment, now, now, provenance)


def _note_end(session: Session, now: datetime, initiator: Initiator, ended: RoleAssignment) -> None:
    append(
        session,
        Event.ROLE_ENDED,
        initiator,
        now,
        person_id=ended.person_id,
        organisation_id=ended.organisation_id,
        details={"role": ended.role.value, **_through(ended)},
    )


def _through(assignment: RoleAssignment) -> dict[str, str]:
    """What the trail says of a deputy's role, or of a shared service's."""
    through = {"deputy_of": assignment.deputy_of, "operator_id": assignment.operator_id}
    return {name: str(value) for name, value in through.items() if value is not None}

"""A role in Lanyard itself is given to somebody, or ended (see the decision on roles in Lanyard in docs/adr).

One asks: an administrator of the organisation, or of the platform. Another confirms, as ``deciding`` says.
One ends it, at once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from profiles.access_policy import notices
from profiles.access_policy.deciding import own_deciders
from profiles.access_policy.foreseen import Foreseen, Opened
from profiles.access_policy.models import Action, PolicyKind
from profiles.audit.service import Initiator
from profiles.employments.breaks import pauses
from profiles.employments.models import Posting
from profiles.employments.service import current_postings, leaves_at
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.roles import service as roles
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.parties import one_with
from profiles.roles.permissions import ALLOWED, GIVEN, Permission
from profiles.roles.service import Permissions, permissions_of, platform_administrators, who_may
from profiles.temporal import (
    INSTANT,
    Provenance,
    as_of,
    civil_date,
    current,
    end_of_day,
    is_recorded_day,
    known,
    start_of_day,
)

LONGEST_REASON = 500
SOURCE = "page"
NOT_THERE = "Nobody with this work e-mail address works there on the first day."


@dataclass(frozen=True)
class RoleWanted:
    """That somebody holds a role at ``at_id`` from ``first_day`` on, through ``last_day`` if there is one.

    ``operator_id`` is the shared service through which they are to act.
    """

    kind: ClassVar[PolicyKind] = PolicyKind.ROLE
    action: ClassVar[Action] = Action.ADD

    person_id: UUID
    role: Role
    at_id: UUID
    first_day: date
    last_day: date | None = None
    include_subtree: bool = False
    operator_id: UUID | None = None

    def organisation_id(self, _session: Session) -> UUID:
        """Whose officers decide."""
        return self.at_id

    def check(self, session: Session, now: datetime, asked_at: datetime) -> None:
        """Whether it can be done. Raises Invalid, naming the field, Conflict, NotFound."""
        if self.role is Role.PLATFORM_ADMINISTRATOR:
            raise Invalid("Whoever runs Lanyard makes its administrators.", field="role")
        if self.role not in GIVEN:
            raise Invalid("The record says who is a line manager. Nobody is given that.", field="role")
        if not is_recorded_day(self.first_day) or self.first_day < civil_date(asked_at):
            raise Invalid("The first day must be today or later.", field="first_day")
        if self.last_day is not None and (
            not is_recorded_day(self.last_day) or self.last_day < self.first_day
        ):
            raise Invalid("The last day must be on or after the first.", field="last_day")
        organisations.get(session, self.at_id, now)
        begins_at, ends_at = self._begins_at(now), self._ends_at()
        if ends_at is not None and ends_at <= begins_at:
            raise Conflict("Its last day is over. Refuse it, and ask for another.")
        near = {self.at_id} if self.operator_id is None else {self.at_id, self.operator_id}
        posts = current(session, Posting, begins_at, now, person_id=self.person_id)
        if _around(session, near, now).isdisjoint(one.organisation_id for one in posts):
            raise Invalid(NOT_THERE, field="address")
        check_ends_with_posts(session, now, self.person_id, near, begins_at, ends_at)
        if self._is_held(session, begins_at, ends_at, now):
            raise Invalid(
                "They hold this role there at that time already. End it first, to give it otherwise.",
                field="address",
            )

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """What it opens in Lanyard. Two decide, however few people's records that is."""
        begins_at = self._begins_at(now)
        places = reached(session, self.at_id, self.include_subtree, begins_at)
        records = None
        if Permission.SEE_PEOPLE in ALLOWED[self.role]:
            people = select(func.count(col(Posting.person_id).distinct())).where(
                as_of(Posting, begins_at, now), col(Posting.organisation_id).in_(sorted(places))
            )
            records = session.execute(people).scalar_one()
        return Foreseen(needs_two=True, opens=Opened(self.role, len(places), records))

    def record(
        self, session: Session, now: datetime, provenance: Provenance, initiator: Initiator, _approver: UUID
    ) -> None:
        """Let it be so; the person is told."""
        roles.assign(
            session,
            now,
            Provenance(provenance.recorded_by, SOURCE, provenance.reason),
            initiator,
            person_id=self.person_id,
            role=self.role,
            organisation_id=self.at_id,
            include_subtree=self.include_subtree,
            valid_from=self._begins_at(now),
            valid_to=self._ends_at(),
            operator_id=self.operator_id,
        )
        notices.role_given(session, self.person_id, self.role, self.at_id, self.first_day, now)

    def _is_held(
        self, session: Session, begins_at: datetime, ends_at: datetime | None, now: datetime
    ) -> bool:
        same = select(RoleAssignment).where(
            known(RoleAssignment, now),
            col(RoleAssignment.person_id) == self.person_id,
            col(RoleAssignment.role) == self.role,
            col(RoleAssignment.organisation_id) == self.at_id,
            col(RoleAssignment.deputy_of).is_(None),
        )
        return any(
            (one.valid_to is None or one.valid_to > begins_at)
            and (ends_at is None or one.valid_from < ends_at)
            for one in session.execute(same).scalars()
        )

    def _begins_at(self, now: datetime) -> datetime:
        return max(now, start_of_day(self.first_day))

    def _ends_at(self) -> datetime | None:
        return None if self.last_day is None else end_of_day(self.last_day)


def reached(session: Session, organisation_id: UUID, include_subtree: bool, at: datetime) -> frozenset[UUID]:
    """Where a role at an organisation allows what it allows."""
    if not include_subtree:
        return frozenset({organisation_id})
    return organisations.tree(session, at).subtree_of(organisation_id) | {organisation_id}


def check_may_ask(session: Session, permissions: Permissions, wanted: RoleWanted, now: datetime) -> None:
    """Whether an officer may ask for it: they answer for all that it reaches, or for the platform.

    Raises NotFound for an organisation that is not theirs, Invalid, naming the field.
    """
    if Permission.GIVE_ROLES in permissions.platform:
        return
    mine = permissions.organisations(Permission.GIVE_ROLES)
    if wanted.at_id not in mine:
        raise NotFound("There is no such organisation.")
    if not reached(session, wanted.at_id, wanted.include_subtree, now) <= mine:
        raise Invalid(
            "Your own role does not reach what is below it. A platform administrator can ask for this.",
            field="include_subtree",
        )


def check_may_still_ask(session: Session, wanted: RoleWanted, asked_by: UUID, now: datetime) -> None:
    """Raise Conflict where who asked for it could not any more."""
    try:
        check_may_ask(session, permissions_of(session, asked_by, now), wanted, now)
    except (Invalid, NotFound):
        raise Conflict("Who asked for this may not do so any more. Refuse it.") from None


def check_gives_none_of_theirs(
    session: Session, wanted: RoleWanted, approver: Permissions, now: datetime
) -> None:
    """Raise NotPermitted where the platform would give one of its administrators a role at an organisation.

    They would come to its records by each other's word alone.
    """
    if approver.allows(Permission.CONFIRM_ROLES, wanted.at_id):
        return
    if not one_with(session, wanted.person_id, now).isdisjoint(platform_administrators(session, now)):
        raise NotPermitted(
            "Platform administrators do not give each other roles at organisations: an officer of the "
            "organisation must confirm this."
        )


def can_give_by_itself(session: Session, organisation_id: UUID, now: datetime) -> bool:
    """Whether an organisation has two people, not of one shared service: one to ask, another to confirm."""
    asking, confirming = (
        [
            permissions_of(session, one, now).parties_at(organisation_id)
            for one in who_may(session, permission, organisation_id, now)
        ]
        for permission in (Permission.GIVE_ROLES, Permission.CONFIRM_ROLES)
    )
    return any(one.isdisjoint(other) for one in asking for other in confirming)


def may_end(session: Session, permissions: Permissions, held: RoleAssignment, now: datetime) -> bool:
    """Whether an officer may end this one: of the organisation or, where it has none, of the platform.

    Of the platform's own roles the last one is not ended on pages.
    """
    place = held.organisation_id
    is_platforms = Permission.CONFIRM_ROLES in permissions.platform
    if place is None:
        return is_platforms and bool(set(platform_administrators(session, now)) - {held.person_id})
    if permissions.allows(Permission.CONFIRM_ROLES, place):
        return True
    return is_platforms and not own_deciders(session, PolicyKind.ROLE, place, (held.person_id,), now)


def end(session: Session, now: datetime, held: RoleAssignment, officer_id: UUID, reason: str) -> None:
    """End a role at once, or take it back before it begins; the person is told.

    Raises Invalid, naming the field, for a reason that is missing or too long.
    """
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON:
        raise Invalid(f"Say why, in {LONGEST_REASON} characters or fewer.", field="reason")
    person_id, role, place = held.person_id, held.role, held.organisation_id
    provenance = Provenance(officer_id, SOURCE, words)
    roles.end_assignment(session, now, provenance, Initiator.person(officer_id), held)
    notices.role_ended(session, person_id, role, place, now)


def check_ends_with_posts(
    session: Session,
    now: datetime,
    person_id: UUID,
    near: Collection[UUID],
    begins_at: datetime,
    ends_at: datetime | None,
) -> None:
    """Raise Invalid for a role that would outlive the employment through which it is held, or begin after.

    ``near`` is where it is held, and the service through which it is.
    """
    if pauses(session, person_id, now):
        raise Invalid(
            "They are on a career break, or about to be: give it after the return.", field="address"
        )
    around = _around(session, near, now)
    begins_at = max(now, begins_at)
    leaves = leaves_at(session, now, person_id, begins_at, around)
    if not current_postings(session, person_id, begins_at):
        leaves = leaves_at(session, now, person_id, now, around)
    if leaves is not None and (ends_at is None or ends_at > leaves):
        raise Invalid(
            f"They leave on {civil_date(leaves - INSTANT):%-d %B %Y}: the last day must be that day or an "
            "earlier one.",
            field="last_day",
        )


def _around(session: Session, near: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """These organisations, and what is above and below them."""
    tree = organisations.tree(session, now)
    return frozenset(
        one for place in near for one in (place, *tree.subtree_of(place), *tree.ancestors_of(place))
    )

"""Who counts as one where the rule is that two must decide.

A deputy stands in for an absent officer: what one of them has begun, the other does not decide, nor do two
deputies of the same officer make two. Two records that are one now are of one person: what was begun under
the other number was begun by them. A shared service that acts for several of the organisations between which
something is decided is one party there, whoever of its people it is.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, SQLModel, col, select

from profiles.errors import NotPermitted
from profiles.organisations import service as organisations
from profiles.roles.models import RoleAssignment
from profiles.temporal import known

ONE_AFTERWARDS = timedelta(days=90)
"""How long after the last day of a deputy, or of a role through a service, what they did still counts as the
absent officer's or the service's."""


def one_with(session: Session, person_id: UUID, at: datetime, but: Collection[UUID] = ()) -> frozenset[UUID]:
    """Everybody who counts as one with a person at ``at``, the person among them; not by way of ``but``."""
    # By its name: unions of records are built on roles, not roles on them.
    merges: Any = SQLModel.metadata.tables["merges"].c
    found, asked = {person_id}, {person_id}
    while asked:
        deputies = select(RoleAssignment.person_id, RoleAssignment.deputy_of).where(
            known(RoleAssignment, at),
            col(RoleAssignment.deputy_of).is_not(None),
            or_(col(RoleAssignment.person_id).in_(asked), col(RoleAssignment.deputy_of).in_(asked)),
            col(RoleAssignment.valid_from) <= at,
            col(RoleAssignment.valid_to) > at - ONE_AFTERWARDS,
        )
        united = select(merges.survivor_id, merges.merged_id).where(
            merges.state == "merged",
            merges.merged_at <= at,
            or_(merges.survivor_id.in_(asked), merges.merged_id.in_(asked)),
        )
        pairs = [*session.execute(deputies), *session.execute(united)]
        asked = {one for pair in pairs for one in pair if one is not None} - found - set(but)
        found |= asked
    return frozenset(found)


def are_one(session: Session, person_id: UUID, other_id: UUID | None, at: datetime) -> bool:
    """Whether two people count as one at ``at``; nobody is one with nobody."""
    return other_id is not None and other_id in one_with(session, person_id, at)


def check_two_between(
    session: Session, officer_id: UUID, approvers: Iterable[UUID], between: Collection[UUID], at: datetime
) -> None:
    """Raise NotPermitted where one shared service of these organisations would approve for two of them.

    An approval keeps one service through which it was given; who acts through several is asked for here.
    """
    if any(are_one_between(session, officer_id, one, between, at) for one in approvers):
        raise NotPermitted(
            "Your shared service approved for the other organisation, so an officer of this one must approve."
        )


def are_one_between(
    session: Session, person_id: UUID, other_id: UUID | None, between: Collection[UUID], at: datetime
) -> bool:
    """Whether two people act through one shared service that acts for several of these organisations.

    Within one organisation two of its people are two.
    """
    if other_id is None or len(set(between)) < 2:
        return False
    known_now = organisations.tree(session, at)
    above = {one: {one, *known_now.ancestors_of(one)} for one in between}
    held = select(RoleAssignment).where(
        known(RoleAssignment, at),
        col(RoleAssignment.operator_id).is_not(None),
        col(RoleAssignment.organisation_id).in_({each for them in above.values() for each in them}),
        col(RoleAssignment.valid_from) <= at,
        or_(col(RoleAssignment.valid_to).is_(None), col(RoleAssignment.valid_to) > at - ONE_AFTERWARDS),
    )
    places: dict[UUID | None, set[UUID]] = {}
    people: dict[UUID | None, set[UUID]] = {}
    for one in session.exec(held):
        reached = {
            place
            for place, them in above.items()
            if place == one.organisation_id or (one.include_subtree and one.organisation_id in them)
        }
        if reached:
            places.setdefault(one.operator_id, set()).update(reached)
            people.setdefault(one.operator_id, set()).add(one.person_id)
    of_several = [service for service, reached in places.items() if len(reached) > 1]
    if not of_several:
        return False
    both = [one_with(session, one, at) for one in (person_id, other_id)]
    return any(all(not people[service].isdisjoint(them) for them in both) for service in of_several)

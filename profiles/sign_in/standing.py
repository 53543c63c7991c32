"""What signing in must know of a person at a moment: whether they may, and whose policies hold for them.

It is the one statement by which access is decided too; policies, suspended organisations and the tree are
remembered by their version (ADR 0014).
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from profiles.entitlements import person_facts
from profiles.entitlements.facts import AddressFact, EmploymentFact, PostingFact, RoleFact, Surroundings
from profiles.entitlements.person_facts import RecordedOfPerson
from profiles.entitlements.remembered import memory_of as organisations_of
from profiles.roles.models import Role
from profiles.sign_in.models import SignInPolicy
from profiles.suspensions.models import OrganisationSuspension
from profiles.temporal import Fact, Span
from profiles.versions.service import Kind, version_of

OFFICERS = frozenset(
    {
        Role.HR_OFFICER,
        Role.SECURITY_OFFICER,
        Role.ORGANISATION_ADMINISTRATOR,
        Role.PLATFORM_ADMINISTRATOR,
    }
)
"""Those who decide about other people's records and ways in: more is asked of them."""


_Work = EmploymentFact | PostingFact
_Tie = EmploymentFact | PostingFact | RoleFact | AddressFact


@dataclass(frozen=True)
class AppliedPolicy:
    """A policy that holds for a person; ``since`` is when it came to, by its own beginning or theirs."""

    policy: SignInPolicy
    since: datetime


@dataclass(frozen=True)
class Standing:
    """A person at a moment. ``policies`` are those of every organisation they work or act for."""

    may_sign_in: bool
    is_suspended: bool
    is_officer: bool
    policies: tuple[AppliedPolicy, ...]


class _Memory:
    """Every policy and every suspension of an organisation that still counts, read once a version."""

    def __init__(self) -> None:
        self._read: tuple[dict[UUID, list[SignInPolicy]], list[OrganisationSuspension]] | None = None

    def policies_of(self, session: Session, organisation_id: UUID, at: datetime) -> list[SignInPolicy]:
        """The organisation's own, at ``at``."""
        return [one for one in self._recorded(session)[0].get(organisation_id, ()) if _holds(one, at)]

    def beginnings_of(self, session: Session, organisation_id: UUID, at: datetime) -> list[datetime]:
        """When policies of the organisation begin, after ``at``."""
        own = self._recorded(session)[0].get(organisation_id, ())
        return [one.valid_from for one in own if one.valid_from > at]

    def suspended(self, session: Session, at: datetime) -> frozenset[UUID]:
        """The organisations that are suspended at ``at``; those below them are so with them."""
        return frozenset(one.organisation_id for one in self._recorded(session)[1] if _holds(one, at))

    def _recorded(
        self, session: Session
    ) -> tuple[dict[UUID, list[SignInPolicy]], list[OrganisationSuspension]]:
        if self._read is None:
            by_organisation: dict[UUID, list[SignInPolicy]] = {}
            for policy in _read_all(session, SignInPolicy):
                by_organisation.setdefault(policy.organisation_id, []).append(policy)
            self._read = by_organisation, _read_all(session, OrganisationSuspension)
        return self._read


@lru_cache(maxsize=8)
def _memory_of(_version: str) -> _Memory:
    return _Memory()


def standing_of(session: Session, person_id: UUID, at: datetime) -> Standing:
    """How a person stands at ``at``. An unknown person may not sign in."""
    own, around, memory = _facts_of(session, person_id, at)
    suspended = memory.suspended(session, at)
    is_suspended = any(one.holds(at) for one in own.suspensions)
    ties: tuple[_Tie, ...] = (*own.employments, *own.roles, *own.addresses)
    tied = any(
        tie.organisation_id is None or _is_open(tie.organisation_id, around, suspended, at) for tie in ties
    )
    return Standing(
        may_sign_in=tied and not is_suspended,
        is_suspended=is_suspended,
        is_officer=any(one.role in OFFICERS for one in own.roles),
        policies=tuple(_applied(session, memory, around, _bound(own, at), at)),
    )


def find_coming(session: Session, person_id: UUID, at: datetime) -> tuple[datetime, Standing] | None:
    """When the next policy begins that will hold for the person, and how they stand then, all else equal."""
    own, around, memory = _facts_of(session, person_id, at)
    bound = _bound(own, at)
    begins = [
        moment
        for _, organisation_id in bound
        for above in around.ancestors_of(organisation_id, at)
        for moment in memory.beginnings_of(session, above, at)
    ]
    if not begins:
        return None
    then = min(begins)
    policies = tuple(_applied(session, memory, around, bound, then))
    return then, replace(standing_of(session, person_id, at), policies=policies)


def works_within(session: Session, person_id: UUID, organisation_id: UUID, at: datetime) -> bool:
    """Whether the person is employed or posted at ``at`` in this organisation, which is open, or below it."""
    own, around, memory = _facts_of(session, person_id, at, {organisation_id})
    work: tuple[_Work, ...] = (*own.employments, *_posted(own, at))
    return _is_open(organisation_id, around, memory.suspended(session, at), at) and any(
        organisation_id in around.ancestors_of(one.organisation_id, at) for one in work
    )


def is_open(session: Session, organisation_id: UUID, at: datetime) -> bool:
    """Whether the organisation is neither closed nor suspended at ``at``, nor below one that is suspended."""
    around, memory = _around(session, organisation_id, at)
    return _is_open(organisation_id, around, memory.suspended(session, at), at)


def policies_above(session: Session, organisation_id: UUID, at: datetime) -> list[SignInPolicy]:
    """The policies that hold for an organisation because of those above it, the nearest first."""
    around, memory = _around(session, organisation_id, at)
    above = around.ancestors_of(organisation_id, at)[1:]
    return [policy for one in above for policy in memory.policies_of(session, one, at)]


def policies_within(session: Session, organisation_id: UUID, at: datetime) -> tuple[AppliedPolicy, ...]:
    """Every policy that holds for the people of an organisation at ``at``, whoever they are."""
    around, memory = _around(session, organisation_id, at)
    return tuple(
        AppliedPolicy(policy, policy.valid_from)
        for one in around.ancestors_of(organisation_id, at)
        for policy in memory.policies_of(session, one, at)
    )


def _facts_of(
    session: Session, person_id: UUID, at: datetime, others: Set[UUID] = frozenset()
) -> tuple[RecordedOfPerson, Surroundings, _Memory]:
    """What is so of a person, the organisations that it names and ``others``, and what holds for those."""
    own = person_facts.read(session, person_id, at)
    ties: tuple[_Tie, ...] = (*own.employments, *_posted(own, at), *own.roles, *own.addresses)
    named = {one.organisation_id for one in ties if one.organisation_id is not None} | others
    around = organisations_of(own.rules_version).surroundings_of(session, named, at, frozenset())
    return own, around, _memory_of(own.sign_in_version)


def _posted(own: RecordedOfPerson, at: datetime) -> list[PostingFact]:
    return [posting for posting in own.postings if posting.holds(at)]


def _bound(own: RecordedOfPerson, at: datetime) -> list[tuple[Span, UUID]]:
    """What puts a person under an organisation's policies, and which: all but a mere address."""
    ties: tuple[_Tie, ...] = (*own.employments, *_posted(own, at), *own.roles)
    return [(one, one.organisation_id) for one in ties if one.organisation_id is not None]


def _around(session: Session, organisation_id: UUID, at: datetime) -> tuple[Surroundings, _Memory]:
    organisations = organisations_of(version_of(session, Kind.RULES))
    around = organisations.surroundings_of(session, {organisation_id}, at, frozenset())
    return around, _memory_of(version_of(session, Kind.SIGN_IN))


def _is_open(organisation_id: UUID, around: Surroundings, suspended: frozenset[UUID], at: datetime) -> bool:
    open_now = any(one.organisation_id == organisation_id and one.holds(at) for one in around.organisations)
    return open_now and suspended.isdisjoint(around.ancestors_of(organisation_id, at))


def _applied(
    session: Session,
    memory: _Memory,
    around: Surroundings,
    bound: Iterable[tuple[Span, UUID]],
    at: datetime,
) -> Iterable[AppliedPolicy]:
    """Each policy once, since it first came to hold for the person."""
    found: dict[UUID, AppliedPolicy] = {}
    for fact, organisation_id in bound:
        for above in around.ancestors_of(organisation_id, at):
            for policy in memory.policies_of(session, above, at):
                since = max(policy.valid_from, fact.valid_from)
                if policy.id not in found or since < found[policy.id].since:
                    found[policy.id] = AppliedPolicy(policy, since)
    return found.values()


def _read_all(session: Session, model: type[Any]) -> list[Any]:
    """What is not superseded, as copies that belong to no session."""
    read = session.execute(select(model).where(col(model.superseded_at).is_(None))).scalars()
    return [model(**one.model_dump()) for one in read]


def _holds(fact: Fact, at: datetime) -> bool:
    return fact.valid_from <= at and (fact.valid_to is None or at < fact.valid_to)

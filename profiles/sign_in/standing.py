"""What signing in must know of a person at a moment: whether they may, and whose policies hold for them.

It is one statement for the person, whoever they are; policies, suspended organisations and the tree are
remembered by their version (ADR 0014).
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from profiles.employments.models import Employment, Posting
from profiles.entitlements.facts import Surroundings
from profiles.entitlements.remembered import memory_of as organisations_of
from profiles.mixed_facts import KNOWN_AT, facts_of_person, part, together
from profiles.people.models import WorkAddress
from profiles.prepared import Prepared
from profiles.roles.models import Role, RoleAssignment
from profiles.sign_in.models import SignInPolicy
from profiles.suspensions.models import AccountSuspension, OrganisationSuspension
from profiles.temporal import Fact, valid
from profiles.versions.models import Version
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


def _now(what: str, model: type[Fact], **columns: str) -> Any:
    return facts_of_person(what, model, **columns).where(valid(model, KNOWN_AT))


_FIND = Prepared(
    together(
        _now("employment", Employment, id_1="organisation_id"),
        _now("posting", Posting, id_1="organisation_id"),
        _now("role", RoleAssignment, id_1="organisation_id", text_1="role"),
        _now("address", WorkAddress, id_1="organisation_id"),
        _now("suspended", AccountSuspension),
        part("version", text_1=col(Version.kind), text_2=col(Version.version)).where(
            or_(*(col(Version.kind) == kind.value for kind in (Kind.RULES, Kind.SIGN_IN)))
        ),
    )
)


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
    facts, around, memory = _facts_of(session, person_id, at)
    suspended = memory.suspended(session, at)
    is_suspended = any(fact.what == "suspended" for fact in facts)
    tied = any(
        fact.what in {"employment", "role", "address"}
        and (fact.id_1 is None or _is_open(fact.id_1, around, suspended, at))
        for fact in facts
    )
    return Standing(
        may_sign_in=tied and not is_suspended,
        is_suspended=is_suspended,
        is_officer=any(fact.what == "role" and Role(fact.text_1) in OFFICERS for fact in facts),
        policies=tuple(_applied(session, memory, around, facts, at)),
    )


def find_coming(session: Session, person_id: UUID, at: datetime) -> tuple[datetime, Standing] | None:
    """When the next policy begins that will hold for the person, and how they stand then, all else equal."""
    facts, around, memory = _facts_of(session, person_id, at)
    begins = [
        moment
        for fact in facts
        if fact.what != "address" and fact.id_1 is not None
        for organisation_id in around.ancestors_of(fact.id_1, at)
        for moment in memory.beginnings_of(session, organisation_id, at)
    ]
    if not begins:
        return None
    then = min(begins)
    policies = tuple(_applied(session, memory, around, facts, then))
    return then, replace(standing_of(session, person_id, at), policies=policies)


def works_within(session: Session, person_id: UUID, organisation_id: UUID, at: datetime) -> bool:
    """Whether the person is employed or posted at ``at`` in this organisation, which is open, or below it."""
    facts, around, memory = _facts_of(session, person_id, at, {organisation_id})
    at_work = [fact.id_1 for fact in facts if fact.what in {"employment", "posting"}]
    return _is_open(organisation_id, around, memory.suspended(session, at), at) and any(
        organisation_id in around.ancestors_of(one, at) for one in at_work
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
) -> tuple[list[Any], Surroundings, _Memory]:
    """What is so of a person, the organisations that it names and ``others``, and what holds for those."""
    session.flush()
    facts: list[Any] = []
    versions: dict[str, str] = {}
    for row in _FIND.all(session, {"person_id": person_id, "known_at": at}):
        if row.what == "version":
            versions[row.text_1] = row.text_2
        else:
            facts.append(row)
    named = {fact.id_1 for fact in facts if fact.id_1 is not None} | others
    around = organisations_of(versions[Kind.RULES]).surroundings_of(session, named, at, frozenset())
    return facts, around, _memory_of(versions[Kind.SIGN_IN])


def _around(session: Session, organisation_id: UUID, at: datetime) -> tuple[Surroundings, _Memory]:
    organisations = organisations_of(version_of(session, Kind.RULES))
    around = organisations.surroundings_of(session, {organisation_id}, at, frozenset())
    return around, _memory_of(version_of(session, Kind.SIGN_IN))


def _is_open(organisation_id: UUID, around: Surroundings, suspended: frozenset[UUID], at: datetime) -> bool:
    open_now = any(one.organisation_id == organisation_id and one.holds(at) for one in around.organisations)
    return open_now and suspended.isdisjoint(around.ancestors_of(organisation_id, at))


def _applied(
    session: Session, memory: _Memory, around: Surroundings, facts: Iterable[Any], at: datetime
) -> Iterable[AppliedPolicy]:
    """Each policy once, since it first came to hold for the person."""
    found: dict[UUID, AppliedPolicy] = {}
    for fact in facts:
        if fact.what == "address" or fact.id_1 is None:
            continue
        for organisation_id in around.ancestors_of(fact.id_1, at):
            for policy in memory.policies_of(session, organisation_id, at):
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

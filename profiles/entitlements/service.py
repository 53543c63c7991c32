"""Facts and rules read from the database, and what follows from them.

Signing in asks these questions all day long: what is recorded of a person is read every time, in one
statement; rules, organisations and grades are remembered for as long as their version is the same.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.clearances.policy import LimitFact
from profiles.entitlements import person_facts
from profiles.entitlements.facts import AppRules, PersonFacts, Surroundings
from profiles.entitlements.policy import Decision, decide_all
from profiles.entitlements.preview import AccessChange, compare
from profiles.entitlements.remembered import Memory, memory_of
from profiles.versions.service import Kind, version_of


def facts_of(session: Session, person_id: UUID, known_at: datetime) -> PersonFacts:
    """A person's facts as known at ``known_at``, over all of valid time. An unknown person has none."""
    return _facts_and_memory(session, person_id, known_at)[0]


def facts_and_rules(
    session: Session, person_id: UUID, app_id: UUID, known_at: datetime
) -> tuple[PersonFacts, AppRules]:
    """All that a decision is made from, read in one statement once the app is known. Raises NotFound."""
    facts, memory = _facts_and_memory(session, person_id, known_at)
    return facts, memory.rules_of(session, app_id, known_at)


def surroundings_of(
    session: Session,
    organisation_ids: Collection[UUID],
    known_at: datetime,
    *,
    labels: Collection[str] | None = None,
) -> Surroundings:
    """These organisations' names, all those above them and what their grades stand for.

    ``labels`` limits it to the grades called so: a department may have more than a hundred.
    """
    return _memory(session).surroundings_of(session, organisation_ids, known_at, labels)


def limits_of(session: Session, known_at: datetime) -> tuple[LimitFact, ...]:
    """Every organisation's limits of the use of clearances, over all of valid time."""
    return _memory(session).limits(session, known_at)


def rules_of(session: Session, app_id: UUID, known_at: datetime) -> AppRules:
    """An app with its rules as known at ``known_at``, over all of valid time. Raises NotFound."""
    return _memory(session).rules_of(session, app_id, known_at)


def all_rules(session: Session, known_at: datetime) -> list[AppRules]:
    """Every app with its rules, by name."""
    return _memory(session).all_rules(session, known_at)


def access_of(session: Session, person_id: UUID, at: datetime) -> list[tuple[AppRules, Decision]]:
    """Every app, by name, with the decision on this person at ``at``: allowed and refused alike."""
    facts, memory = _facts_and_memory(session, person_id, at)
    return decide_all(facts, memory.all_rules(session, at), at)


def preview(
    session: Session,
    before: PersonFacts,
    after: PersonFacts,
    at_before: datetime,
    at_after: datetime,
    *,
    known_at: datetime,
    organisation_ids: Collection[UUID] | None = None,
) -> list[AccessChange]:
    """What would change between two instants, were ``after`` the facts, by the rules known at ``known_at``.

    ``organisation_ids`` limits it to the apps of an HR officer's organisations; None is for the employee.
    """
    return compare(
        before,
        after,
        at_before,
        at_after,
        [
            rules
            for rules in all_rules(session, known_at)
            if organisation_ids is None or rules.organisation_id in organisation_ids
        ],
    )


def _memory(session: Session) -> Memory:
    return memory_of(version_of(session, Kind.RULES))


def _facts_and_memory(session: Session, person_id: UUID, known_at: datetime) -> tuple[PersonFacts, Memory]:
    own = person_facts.read(session, person_id, known_at)
    memory = memory_of(own.rules_version)
    return own.amid(memory.surroundings_of(session, own.spoken_of, known_at, own.labels)), memory

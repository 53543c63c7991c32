"""Reads a profile at a point of both time lines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from profiles.clearances.policy import CaveatFact, ClearanceFact, Judgement, SponsorshipFact, judge
from profiles.entitlements.facts import Surroundings
from profiles.entitlements.service import surroundings_of
from profiles.errors import NotFound
from profiles.people.models import Person
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.rows import rows_as_of
from profiles.prepared import Prepared

_PERSON = Prepared(select(col(Person.id)).where(col(Person.id) == bindparam("person_id")))


@dataclass(frozen=True)
class Profile:
    """What was so of a person at ``valid_at``, as we knew it at ``known_at``.

    ``facts`` has, for every kind, rows with the columns of its model, the oldest first; they belong to no
    session and cannot be written.
    """

    person_id: UUID
    valid_at: datetime
    known_at: datetime
    facts: Mapping[Kind, Sequence[Any]]
    surroundings: Surroundings

    @property
    def places(self) -> list[UUID]:
        """Where they are posted, and who employs them, on a career break too."""
        kinds = (Kind.POSTING, Kind.EMPLOYMENT)
        return list(dict.fromkeys(one.organisation_id for kind in kinds for one in self.facts[kind]))

    def judged(self, organisation_ids: Collection[UUID] | None = None) -> dict[UUID, Judgement]:
        """Whether each clearance could be used, and why not, by its id.

        In these organisations; where none are named, in those of the postings.
        """
        if organisation_ids is None:
            organisation_ids = {one.organisation_id for one in self.facts[Kind.POSTING]}
        found = judge(
            [_clearance(one) for one in self.facts[Kind.CLEARANCE]],
            [_sponsorship(one) for one in self.facts[Kind.SPONSORSHIP]],
            organisation_ids,
            self.valid_at,
            [_caveat(one) for one in self.facts[Kind.CAVEAT]],
            self.surroundings.limits,
        )
        return {one.clearance.clearance_id: one for one in found}


def profile_as_of(
    session: Session,
    person_id: UUID,
    valid_at: datetime,
    known_at: datetime,
    kinds: Collection[Kind] = tuple(Kind),
) -> Profile:
    """A person's whole profile, or some kinds of it, at one point of both time lines.

    Raises NotFound for an unknown person; a person of whom nothing was known then has an empty profile.
    """
    session.flush()
    facts = rows_as_of(session, person_id, valid_at, known_at)
    if not any(facts.values()) and _PERSON.first(session, {"person_id": person_id}) is None:
        raise NotFound("There is no such person.")
    facts = {kind: rows if kind in kinds else () for kind, rows in facts.items()}
    spoken_of = {
        one.organisation_id
        for rows in facts.values()
        for one in rows
        if getattr(one, "organisation_id", None) is not None
    }
    labels = {one.local_grade for one in facts[Kind.POSTING]}
    around = surroundings_of(session, spoken_of, known_at, labels=labels)
    return Profile(person_id, valid_at, known_at, facts, around)


def _clearance(row: Any) -> ClearanceFact:
    return ClearanceFact(
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        clearance_id=row.fact_id,
        level=row.level,
        status=row.status,
        expires_on=row.expires_on,
        decided_on=row.decided_on,
    )


def _sponsorship(row: Any) -> SponsorshipFact:
    return SponsorshipFact(
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        clearance_id=row.clearance_id,
        organisation_id=row.organisation_id,
        kind=row.kind,
    )


def _caveat(row: Any) -> CaveatFact:
    return CaveatFact(
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        clearance_id=row.clearance_id,
        kind=row.kind,
        organisation_id=row.organisation_id,
    )

"""Two records that turn out to be one person's, and the three officers who decide on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.employments import service as employments
from profiles.employments.service import Post
from profiles.merges import moving, service
from profiles.merges.models import Merge, MergeRequest
from profiles.merges.service import Done
from profiles.merges.splitting import Owner
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from profiles.temporal import civil_date
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.support.replays import replayed
from tests.support.snapshots import Snapshot

NAMES = {"given_names": "Priya", "family_name": "Patel"}


@dataclass
class Twins:
    """An HMRC with two records of people called alike, and its officers."""

    session: Session
    hmrc: OrganisationView
    survivor: UUID
    other: UUID
    asks: UUID
    second: UUID
    security: UUID

    def propose(self, now: datetime) -> MergeRequest:
        return service.propose_merge(
            self.session,
            now,
            self.asks,
            survivor_id=self.survivor,
            merged_id=self.other,
            organisation_id=self.hmrc.id,
            reason="She showed her papers",
        )

    def agree(self, request: MergeRequest, now: datetime) -> Done:
        self.as_officer(request, "second", self.second, now)
        done = self.as_officer(request, "security", self.security, now)
        assert done is not None
        return done

    def as_officer(self, request: MergeRequest, part: str, officer: UUID, now: datetime) -> Done | None:
        allowed = permissions_of(self.session, officer, now)
        return service.agree(self.session, now, request, part, officer, allowed)

    def merge(self, now: datetime) -> Merge:
        def merge() -> UUID:
            request = self.propose(now)
            self.agree(request, now)
            return request.merge_id

        step = "merge", now, self.hmrc.id, self.survivor, self.other, self.asks, self.second, self.security
        found = self.session.get(Merge, replayed(self.session, step, merge))
        assert found is not None
        return found

    def ask_split(
        self, merge: Merge, now: datetime, choices: Mapping[UUID, Owner] | None = None
    ) -> MergeRequest:
        return service.propose_split(
            self.session,
            now,
            self.asks,
            merge,
            organisation_id=self.hmrc.id,
            choices=choices or {},
            names=NAMES,
            reason="They are two people",
        )

    def split(self, merge: Merge, now: datetime, choices: Mapping[UUID, Owner] | None = None) -> Done:
        return self.agree(self.ask_split(merge, now, choices), now)

    def hire_again(self, now: datetime, number: str = "HMRC-9") -> UUID:
        """Another employment of the survivor's, with its post; return the posting's fact."""
        _, posting = employments.appoint(
            self.session,
            now,
            PROVENANCE,
            INITIATOR,
            person_id=self.survivor,
            organisation_id=self.hmrc.id,
            number=number,
            starts_on=civil_date(now),
            continuous_service_from=civil_date(now),
            post=Post(local_grade="Officer", job_title="Visitor", profession="Operational Delivery"),
        )
        return posting.fact_id

    def told(self, person_id: UUID, known_at: datetime) -> list[dict[str, Any]]:
        """Everything that is known of somebody, in an order that does not change."""
        found = [moving.content_of(one.fact) for one in moving.facts_of(self.session, person_id, known_at)]
        return sorted(found, key=lambda one: (str(one["fact_id"]), one["valid_from"]))


def make_twins(session: Session, now: datetime) -> Twins:
    """HMRC, the two, and an officer of HR who asks, a second one, and a security officer."""
    return replace(_TWINS.put(session, now), session=session)


def _make_twins(session: Session, now: datetime) -> Twins:
    hmrc = make_organisation(session, now)
    people = {
        name: make_employee(session, now, hmrc, name).person_id
        for name in ("priya.patel", "p.patel", "olga.officer", "sam.second", "una.security")
    }
    for name, role in (
        ("olga.officer", Role.HR_OFFICER),
        ("sam.second", Role.HR_OFFICER),
        ("una.security", Role.SECURITY_OFFICER),
    ):
        give_role(session, now, people[name], role, hmrc.id)
    return Twins(None, hmrc, *people.values())  # type: ignore[arg-type]


_TWINS = Snapshot(_make_twins)

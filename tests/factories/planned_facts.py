"""A person's facts as a move that is only planned would leave them, for tests of decisions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from profiles.clearances.policy import SponsorshipFact
from profiles.entitlements.facts import PersonFacts, PostingFact, Surroundings
from profiles.temporal import Span


@dataclass(frozen=True)
class PlannedFacts(PersonFacts):
    """Facts that can be ended and added to."""

    @classmethod
    def of(cls, facts: PersonFacts) -> "PlannedFacts":
        """The same facts, ready to be planned with."""
        return cls(**{field.name: getattr(facts, field.name) for field in fields(facts)})

    def ending_postings(self, at: datetime, organisation_id: UUID) -> "PlannedFacts":
        """The same, had the postings in an organisation no life from ``at`` on."""
        kept = _ended(self.postings, at, lambda posting: posting.organisation_id == organisation_id)
        return replace(self, postings=kept)

    def with_posting(self, posting: PostingFact, surroundings: Surroundings) -> "PlannedFacts":
        """The same and a posting. ``surroundings`` tells its organisation's place and grades."""
        return replace(
            self,
            postings=(*self.postings, posting),
            surroundings=self.surroundings.joined(surroundings),
        )

    def ending_sponsorships(self, at: datetime, organisation_id: UUID) -> "PlannedFacts":
        """The same, did an organisation sponsor and share nothing from ``at`` on."""
        kept = _ended(self.sponsorships, at, lambda fact: fact.organisation_id == organisation_id)
        return replace(self, sponsorships=kept)

    def with_sponsorship(self, sponsorship: SponsorshipFact) -> "PlannedFacts":
        """The same and a sponsorship."""
        return replace(self, sponsorships=(*self.sponsorships, sponsorship))

    def ending_grants(self, at: datetime, app_ids: Iterable[UUID]) -> "PlannedFacts":
        """The same, had the roles given by hand at these apps no life from ``at`` on."""
        apps = frozenset(app_ids)
        return replace(self, grants=_ended(self.grants, at, lambda grant: grant.app_id in apps))


AnySpan = TypeVar("AnySpan", bound=Span)


def _ended(spans: tuple[AnySpan, ...], at: datetime, which: Callable[[AnySpan], bool]) -> tuple[AnySpan, ...]:
    kept: list[AnySpan] = []
    for span in spans:
        if not which(span) or (span.valid_to is not None and span.valid_to <= at):
            kept.append(span)
        elif span.valid_from < at:
            kept.append(replace(span, valid_to=at))
    return tuple(kept)

"""Which clearances may be used where: pure functions of recorded clearances and sponsorships."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceStatus, SponsorshipKind
from profiles.temporal import Span, end_of_day


@dataclass(frozen=True, kw_only=True)
class ClearanceFact(Span):
    """A clearance as the vetting authority last decided it; ``clearance_id`` outlives corrections."""

    clearance_id: UUID
    level: ClearanceLevel
    status: ClearanceStatus
    expires_on: date

    @property
    def expires_at(self) -> datetime:
        """The first instant after the last civil day (in London) on which it may be used."""
        return end_of_day(self.expires_on)

    def instants(self) -> list[datetime]:
        """When it begins, ends and expires."""
        return [*super().instants(), self.expires_at]


@dataclass(frozen=True, kw_only=True)
class SponsorshipFact(Span):
    """An organisation that sponsors a clearance, or with which it is shared."""

    clearance_id: UUID
    organisation_id: UUID
    kind: SponsorshipKind


class Obstacle(StrEnum):
    """Why a clearance that is held may not be used."""

    NOT_ACTIVE = "not_active"
    EXPIRED = "expired"
    NOT_SPONSORED = "not_sponsored"


@dataclass(frozen=True)
class Judgement:
    """What became of one clearance: ``obstacle`` is None when it may be used."""

    clearance: ClearanceFact
    obstacle: Obstacle | None

    @property
    def usable(self) -> bool:
        """Whether nothing stands in the way."""
        return self.obstacle is None


def judge(
    clearances: Iterable[ClearanceFact],
    sponsorships: Collection[SponsorshipFact],
    organisation_ids: Collection[UUID],
    at: datetime,
) -> tuple[Judgement, ...]:
    """Say of each clearance held at ``at`` whether it may be used in one of these organisations.

    Usable means: active, not expired on the civil day in London, and sponsored by or shared with one of the
    organisations (the posting's home or host). A transfer of sponsorship that is still pending is no
    obstacle: until it takes effect the old sponsorship is the recorded one.
    """
    sponsored = {
        sponsorship.clearance_id
        for sponsorship in sponsorships
        if sponsorship.organisation_id in organisation_ids and sponsorship.holds(at)
    }
    return tuple(
        Judgement(clearance, _obstacle(clearance, sponsored, at))
        for clearance in clearances
        if clearance.holds(at)
    )


def usable(
    clearances: Iterable[ClearanceFact],
    sponsorships: Collection[SponsorshipFact],
    organisation_ids: Collection[UUID],
    at: datetime,
) -> list[ClearanceFact]:
    """The clearances that may be used at ``at`` in one of these organisations."""
    judged = judge(clearances, sponsorships, organisation_ids, at)
    return [judgement.clearance for judgement in judged if judgement.usable]


def find_usable(judged: Iterable[Judgement], required: ClearanceLevel) -> ClearanceFact | None:
    """A usable clearance that is enough where ``required`` is asked for."""
    for judgement in judged:
        if judgement.usable and judgement.clearance.level.satisfies(required):
            return judgement.clearance
    return None


def _obstacle(clearance: ClearanceFact, sponsored: set[UUID], at: datetime) -> Obstacle | None:
    if clearance.status is not ClearanceStatus.ACTIVE:
        return Obstacle.NOT_ACTIVE
    if at >= clearance.expires_at:
        return Obstacle.EXPIRED
    if clearance.clearance_id not in sponsored:
        return Obstacle.NOT_SPONSORED
    return None

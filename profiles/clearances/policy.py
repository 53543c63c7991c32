"""Which clearances may be used where: pure functions of recorded clearances and sponsorships."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import CaveatKind, ClearanceStatus, SponsorshipKind
from profiles.clearances.states import DECIDING, USABLE
from profiles.clearances.validity import last_day_of
from profiles.temporal import Span, end_of_day


@dataclass(frozen=True, kw_only=True)
class ClearanceFact(Span):
    """A clearance as the vetting authority last decided it; ``clearance_id`` outlives corrections."""

    clearance_id: UUID
    level: ClearanceLevel
    status: ClearanceStatus
    expires_on: date | None
    decided_on: date | None = None

    @property
    def expires_at(self) -> datetime | None:
        """The first instant after the last civil day (in London) on which it may be used, if there is one."""
        return None if self.expires_on is None else end_of_day(self.expires_on)

    def instants(self) -> list[datetime]:
        """When it begins, ends and expires."""
        expires_at = self.expires_at
        return super().instants() + ([] if expires_at is None else [expires_at])


@dataclass(frozen=True, kw_only=True)
class SponsorshipFact(Span):
    """An organisation that sponsors a clearance, or with which it is shared."""

    clearance_id: UUID
    organisation_id: UUID
    kind: SponsorshipKind


@dataclass(frozen=True, kw_only=True)
class CaveatFact(Span):
    """A named addition to, or limit of, a clearance."""

    clearance_id: UUID
    kind: CaveatKind
    organisation_id: UUID | None = None

    def limits(self, organisation_ids: Collection[UUID]) -> bool:
        """Whether it keeps the clearance from being used in these organisations."""
        if self.kind is CaveatKind.ORGANISATION:
            return self.organisation_id not in organisation_ids
        return self.kind is CaveatKind.CONDITION


@dataclass(frozen=True, kw_only=True)
class LimitFact(Span):
    """An organisation uses clearances of a level for so many years after the decision, and no longer."""

    organisation_id: UUID
    level: ClearanceLevel
    years: int

    def last_day(self, clearance: ClearanceFact) -> date | None:
        """The last civil day on which it lets this clearance be used; None where it says nothing of it."""
        if clearance.level is not self.level or clearance.decided_on is None:
            return None
        return last_day_of(clearance.decided_on, self.years)

    def ends(self, clearance: ClearanceFact) -> list[datetime]:
        """The instant at which this clearance is too old, if there is one."""
        last = self.last_day(clearance)
        return [] if last is None else [end_of_day(last)]

    def is_over(self, clearance: ClearanceFact, at: datetime) -> bool:
        """Whether this clearance is too old at ``at``."""
        return self.holds(at) and any(at >= instant for instant in self.ends(clearance))


class Obstacle(StrEnum):
    """Why a clearance that is held may not be used."""

    NOT_GRANTED = "not_granted"
    NOT_ACTIVE = "not_active"
    EXPIRED = "expired"
    NOT_SPONSORED = "not_sponsored"
    TOO_OLD = "too_old"
    """The organisation's own limit is shorter than what the level lasts."""
    CAVEAT = "caveat"


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
    caveats: Iterable[CaveatFact] = (),
    limits: Iterable[LimitFact] = (),
) -> tuple[Judgement, ...]:
    """Say of each clearance held at ``at`` whether it may be used in one of these organisations.

    Usable means: active, not expired on the civil day in London, sponsored by or shared with one of the
    organisations (the posting's home or host), not older than any of these accepts, and limited by no caveat
    there. A renewal or a transfer of sponsorship that is still pending is no obstacle: until it takes effect
    the old one is the recorded one.
    """
    sponsored = {
        sponsorship.clearance_id
        for sponsorship in sponsorships
        if sponsorship.organisation_id in organisation_ids and sponsorship.holds(at)
    }
    limited = {
        caveat.clearance_id for caveat in caveats if caveat.holds(at) and caveat.limits(organisation_ids)
    }
    ours = [limit for limit in limits if limit.organisation_id in organisation_ids]
    return tuple(
        Judgement(clearance, _obstacle(clearance, sponsored, limited, ours, at))
        for clearance in clearances
        if clearance.holds(at)
    )


def usable(
    clearances: Iterable[ClearanceFact],
    sponsorships: Collection[SponsorshipFact],
    organisation_ids: Collection[UUID],
    at: datetime,
) -> list[ClearanceFact]:
    """The clearances that may be used at ``at`` in one of these organisations, caveats apart."""
    judged = judge(clearances, sponsorships, organisation_ids, at)
    return [judgement.clearance for judgement in judged if judgement.usable]


def find_usable(judged: Iterable[Judgement], required: ClearanceLevel) -> ClearanceFact | None:
    """A usable clearance that is enough where ``required`` is asked for."""
    for judgement in judged:
        if judgement.usable and judgement.clearance.level.satisfies(required):
            return judgement.clearance
    return None


def _obstacle(
    clearance: ClearanceFact,
    sponsored: set[UUID],
    limited: set[UUID],
    limits: Collection[LimitFact],
    at: datetime,
) -> Obstacle | None:
    if clearance.status in DECIDING:
        return Obstacle.NOT_GRANTED
    if clearance.status not in USABLE:
        return Obstacle.NOT_ACTIVE
    expires_at = clearance.expires_at
    if expires_at is not None and at >= expires_at:
        return Obstacle.EXPIRED
    if clearance.clearance_id not in sponsored:
        return Obstacle.NOT_SPONSORED
    if any(limit.is_over(clearance, at) for limit in limits):
        return Obstacle.TOO_OLD
    return Obstacle.CAVEAT if clearance.clearance_id in limited else None

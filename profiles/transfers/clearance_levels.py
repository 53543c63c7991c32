"""Which clearance a move takes along, by the level that the new post requires.

Of the same level, the clearance goes along when it is released. Of a higher one that is held, the lower is
granted from it, and the higher stays behind. Where a higher one is required than is held, the new department
applies for it. Nothing goes along that the new department has not asked for.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from sqlmodel import Session

from profiles.clearances import limits
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship, SponsorshipKind
from profiles.clearances.states import USABLE
from profiles.clearances.validity import last_decided
from profiles.organisations import service as organisations
from profiles.temporal import civil_date, current
from profiles.transfers.models import Transfer


class Held(Protocol):
    """A clearance as it is held."""

    @property
    def level(self) -> ClearanceLevel: ...

    @property
    def status(self) -> ClearanceStatus: ...

    @property
    def decided_on(self) -> date | None: ...

    @property
    def expires_on(self) -> date | None: ...


AnyHeld = TypeVar("AnyHeld", bound=Held)
_ASKED_FOR = USABLE | {ClearanceStatus.SUSPENDED}
"""What is suspended is asked for too: it goes along suspended, and its security officer decides."""


def find_source(held: Iterable[AnyHeld], required: ClearanceLevel | None) -> AnyHeld | None:
    """The clearance that covers what is required: of that very level, or else the lowest that is higher."""
    if required is None:
        return None
    covering = [one for one in held if one.status in _ASKED_FOR and one.level.satisfies(required)]
    levels = list(ClearanceLevel)
    return min(covering, key=lambda one: levels.index(one.level), default=None)


def lasting(session: Session, transfer: Transfer, held: Iterable[AnyHeld], now: datetime) -> list[AnyHeld]:
    """Those that the new department can use from the start date on: not expired, nor too old by its limit.

    Of a start date that has passed that is from now on.
    """
    return lasting_at(session, transfer.importing_organisation_id, transfer.start_date, held, now)


def lasting_at(
    session: Session, organisation_id: UUID, starts_on: date, held: Iterable[AnyHeld], now: datetime
) -> list[AnyHeld]:
    """Those that this organisation can use from the day on, or from now on where it has passed."""
    limited = limits.limits_at(session, organisation_id, now)
    begins = max(starts_on, civil_date(now))

    def is_too_old(one: AnyHeld) -> bool:
        limit = limited.get(one.level)
        if limit is None or one.decided_on is None:
            return False
        return one.decided_on <= last_decided(begins, limit.years)

    return [
        one for one in held if (one.expires_on is None or one.expires_on >= begins) and not is_too_old(one)
    ]


def sponsored_by(
    session: Session,
    organisation_id: UUID,
    person_id: UUID,
    held: Iterable[Clearance],
    at: datetime,
    now: datetime,
) -> list[Clearance]:
    """Those of which this organisation, or one below it, is the primary sponsor at a moment."""
    ours = organisations.tree(session, now).subtree_of(organisation_id)
    sponsored = {
        one.clearance_id
        for one in current(session, Sponsorship, at, now, person_id=person_id)
        if one.organisation_id in ours and one.kind is SponsorshipKind.PRIMARY
    }
    return [one for one in held if one.fact_id in sponsored]


def find_taken(
    session: Session, transfer: Transfer, held: Iterable[AnyHeld], now: datetime
) -> AnyHeld | None:
    """The one that goes along, or that the lower is granted from: of what lasts, where anything does."""
    theirs = list(held)
    best = find_source(lasting(session, transfer, theirs, now), transfer.required_level)
    return best or find_source(theirs, transfer.required_level)

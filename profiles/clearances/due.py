"""What falls due of clearances: reviews, and the days on which they expire. The list never says the level."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlmodel import Session, col

from profiles.clearances import states
from profiles.clearances.models import Clearance, ClearanceLimit, Sponsorship, SponsorshipKind
from profiles.clearances.validity import last_day_of, last_decided
from profiles.employments.models import CareerBreak, Posting
from profiles.people.models import PersonName
from profiles.temporal import as_of, civil_date

AHEAD = timedelta(days=90)
PAGE_SIZE = 25


class Duty(StrEnum):
    """What is due."""

    EXPIRY = "expiry"
    REVIEW = "review"


@dataclass(frozen=True)
class DueClearance:
    """Something that is due on a civil day, or was; ``name`` begins with the family name."""

    person_id: UUID
    clearance_id: UUID
    name: str
    duty: Duty
    on: date


@dataclass(frozen=True)
class DuePage:
    """One page of them, ``total`` counting all pages."""

    entries: Sequence[DueClearance]
    total: int
    page: int
    pages: int


def due(session: Session, organisation_ids: Collection[UUID], now: datetime, page: int) -> DuePage:
    """What was or falls due in the next 90 days, of people who work in these organisations, the first first.

    Only of clearances that can be used and whose primary sponsor is one of the organisations. One that the
    person's organisation uses for fewer years ends by that limit, where that is sooner. Pages start at 1.
    """
    last_day = civil_date(now) + AHEAD
    query = _lasting(organisation_ids, now)
    found: dict[tuple[UUID, Duty], DueClearance] = {}
    for duty, column in ((Duty.EXPIRY, Clearance.expires_on), (Duty.REVIEW, Clearance.review_due_on)):
        for row in session.execute(query.where(cast(Any, column) <= last_day)):
            on = row.expires_on if duty is Duty.EXPIRY else row.review_due_on
            found[row.clearance_id, duty] = _entry(row, duty, on)
    for limit in session.scalars(select(ClearanceLimit).where(as_of(ClearanceLimit, now, now))):
        if limit.organisation_id not in organisation_ids:
            continue
        theirs = query.where(
            col(Clearance.level) == limit.level,
            col(Clearance.decided_on) <= last_decided(last_day + timedelta(days=1), limit.years),
            _work_in([limit.organisation_id], now),
        )
        for row in session.execute(theirs):
            on, key = last_day_of(row.decided_on, limit.years), (row.clearance_id, Duty.EXPIRY)
            if on <= last_day and (key not in found or on < found[key].on):
                found[key] = _entry(row, Duty.EXPIRY, on)
    entries = sorted(found.values(), key=lambda one: (one.on, one.name, one.clearance_id, one.duty))
    pages = max(1, -(-len(entries) // PAGE_SIZE))
    page = min(max(1, page), pages)
    return DuePage(entries[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], len(entries), page, pages)


def _entry(row: Any, duty: Duty, on: date) -> DueClearance:
    name = f"{row.family_name}, {row.known_as or row.given_names}"
    return DueClearance(row.person_id, row.clearance_id, name, duty, on)


def _work_in(organisation_ids: Collection[UUID], now: datetime) -> ColumnElement[bool]:
    """Whether whose clearance it is works in one of these, home or host, or is on a career break from one."""
    return or_(
        *(
            exists().where(
                as_of(model, now, now),
                col(model.person_id) == col(Clearance.person_id),
                col(model.organisation_id).in_(organisation_ids),
            )
            for model in (Posting, CareerBreak)
        )
    )


def _lasting(organisation_ids: Collection[UUID], now: datetime) -> Any:
    """The clearances for which these organisations answer."""
    return (
        select(
            col(Clearance.person_id).label("person_id"),
            col(Clearance.fact_id).label("clearance_id"),
            col(Clearance.decided_on).label("decided_on"),
            col(Clearance.expires_on).label("expires_on"),
            col(Clearance.review_due_on).label("review_due_on"),
            col(PersonName.family_name).label("family_name"),
            col(PersonName.given_names).label("given_names"),
            col(PersonName.known_as).label("known_as"),
        )
        .join(Sponsorship, col(Sponsorship.clearance_id) == col(Clearance.fact_id))
        .join(PersonName, col(PersonName.person_id) == col(Clearance.person_id))
        .where(
            as_of(Clearance, now, now),
            as_of(Sponsorship, now, now),
            as_of(PersonName, now, now),
            col(Clearance.status).in_(states.USABLE),
            col(Sponsorship.kind) == SponsorshipKind.PRIMARY,
            col(Sponsorship.organisation_id).in_(organisation_ids),
            _work_in(organisation_ids, now),
        )
    )

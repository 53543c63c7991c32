"""What falls due of clearances: reviews, and the days on which they expire. The list never says the level."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, union_all
from sqlmodel import Session, col

from profiles.clearances import states
from profiles.clearances.models import Clearance, Sponsorship, SponsorshipKind
from profiles.employments.models import Posting
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

    Only of clearances that can be used and whose primary sponsor is one of the organisations. Pages start
    at 1.
    """
    everything = union_all(
        _part(organisation_ids, now, Duty.EXPIRY, Clearance.expires_on),
        _part(organisation_ids, now, Duty.REVIEW, Clearance.review_due_on),
    ).subquery()
    total = session.execute(select(func.count()).select_from(everything)).scalar_one()
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    rows = session.execute(
        select(everything)
        .order_by(everything.c.due_on, everything.c.family_name, everything.c.clearance_id, everything.c.duty)
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    entries = [
        DueClearance(
            person_id=row.person_id,
            clearance_id=row.clearance_id,
            name=f"{row.family_name}, {row.known_as or row.given_names}",
            duty=Duty(row.duty),
            on=row.due_on,
        )
        for row in rows
    ]
    return DuePage(entries, total, page, pages)


def _part(organisation_ids: Collection[UUID], now: datetime, duty: Duty, column: Any) -> Select[Any]:
    works_here = select(col(Posting.id)).where(
        as_of(Posting, now, now),
        col(Posting.person_id) == col(Clearance.person_id),
        col(Posting.organisation_id).in_(organisation_ids),
    )
    return (
        select(
            literal(duty.value).label("duty"),
            column.label("due_on"),
            col(Clearance.person_id).label("person_id"),
            col(Clearance.fact_id).label("clearance_id"),
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
            column <= civil_date(now) + AHEAD,
            works_here.exists(),
        )
    )

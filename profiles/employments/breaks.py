"""Who is on a career break: employed, without a post and without pay."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.people.sensitive import is_listed
from profiles.temporal import as_of, civil_date, current, history, known


def breaks_to_come(session: Session, person_id: UUID, now: datetime) -> Sequence[CareerBreak]:
    """The career breaks of a person that are not over: one that has begun, and those recorded for later."""
    found = history(session, CareerBreak, now, person_id=person_id)
    return [one for one in found if one.valid_to is None or one.valid_to > now]


def lasting(now: datetime) -> ColumnElement[bool]:
    """The career breaks that go on or are to come."""
    ends_at = col(CareerBreak.valid_to)
    return and_(known(CareerBreak, now), or_(ends_at.is_(None), ends_at > now))


def pauses(session: Session, person_id: UUID, now: datetime) -> bool:
    """Whether a career break goes on or is to come, so that no move and no loan may begin."""
    return bool(breaks_to_come(session, person_id, now))


def places_of(session: Session, person_id: UUID, at: datetime) -> list[UUID]:
    """Where a person is posted at ``at``, and who employs them, on a career break too: whose they are."""
    posts = current(session, Posting, at, at, person_id=person_id)
    employments = current(session, Employment, at, at, person_id=person_id)
    posted, employed = ([one.organisation_id for one in found] for found in (posts, employments))
    return list(dict.fromkeys([*posted, *employed]))


def paused_before(
    session: Session, employment_id: UUID, begins: datetime, until: datetime | None, now: datetime
) -> datetime | None:
    """When what begins at ``begins`` and would end at ``until`` does, given the next career break."""
    found = history(session, CareerBreak, now, employment_id=employment_id)
    breaks = [one.valid_from for one in found if one.valid_from > begins]
    return min([*breaks, *([until] if until else [])], default=None)


def is_paused(
    session: Session, employment_id: UUID, begins: datetime, until: datetime | None, now: datetime
) -> bool:
    """Whether a career break of the employment falls into this time."""
    return any(
        (until is None or one.valid_from < until) and (one.valid_to is None or one.valid_to > begins)
        for one in history(session, CareerBreak, now, employment_id=employment_id)
    )


def absent_from(session: Session, organisation_ids: Collection[UUID], now: datetime) -> Sequence[CareerBreak]:
    """The career breaks from these organisations, the day of return that comes first before others.

    Of who is marked sensitive only those past that day: somebody must record the return.
    """
    query = select(CareerBreak).where(
        col(CareerBreak.organisation_id).in_(organisation_ids),
        as_of(CareerBreak, now, now),
        or_(is_overdue(now), is_listed(col(CareerBreak.person_id), now)),
    )
    return session.exec(query.order_by(col(CareerBreak.return_on), col(CareerBreak.id))).all()


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Of a career break that goes on, whether the day on which they were expected back has passed."""
    return col(CareerBreak.return_on) < civil_date(now)

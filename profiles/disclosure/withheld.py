"""Of which apps a person is not told, for a time, that they were told something about them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from profiles.disclosure.models import ReleaseWithholding
from profiles.temporal import civil_date


def holds_now(now: datetime) -> ColumnElement[bool]:
    """Whether a withholding holds: agreed, not ended, and its day not over."""
    return and_(
        col(ReleaseWithholding.agreed_at).is_not(None),
        col(ReleaseWithholding.ended_at).is_(None),
        col(ReleaseWithholding.until) >= civil_date(now),
    )


def apps_withheld(person_ids: Collection[UUID], now: datetime) -> SelectOfScalar[UUID]:
    """The apps of which whose records these are is not told."""
    return select(col(ReleaseWithholding.app_id)).where(
        col(ReleaseWithholding.person_id).in_(person_ids), holds_now(now)
    )


def find_withheld(session: Session, person_ids: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """The same, looked up."""
    return frozenset(session.execute(apps_withheld(person_ids, now)).scalars())

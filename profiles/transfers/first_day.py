"""What pay depends on, as the record says it of the first day of an employment."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.columns import is_among
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.pay.models import PayRecord
from profiles.temporal import Fact, civil_date, known
from profiles.transfers.models import Side

_F = TypeVar("_F", bound=Fact)


@dataclass(frozen=True)
class FirstDay:
    """What pay depends on, as of the first day; None is what somebody does not pay by, or was not told.

    ``fte_thousandths`` is None too where nobody was told of hours, because they were no term of the move yet.
    """

    start_date: date | None
    local_grade: str | None
    salary_pence: int | None
    fte_thousandths: int | None

    def as_told(self, side: Side) -> "FirstDay":
        """What payroll of one side is told of it: the old department paid until then, and learns the date."""
        return self if side is Side.IMPORTING else FirstDay(self.start_date, None, None, None)

    def is_what_was_told(self, told: "FirstDay") -> bool:
        """Whether payroll that was told this of it has nothing to take up."""
        hours = told.fte_thousandths if told.fte_thousandths is not None else self.fte_thousandths
        return self == replace(told, fte_thousandths=hours)


def first_days_of(
    session: Session, employment_ids: Collection[UUID], known_at: datetime
) -> dict[UUID, FirstDay]:
    """What was known then of the first day of each of these employments; without those of which nothing was.

    A kind of fact of which nothing is known for any day is None.
    """
    employments = first_versions(session, Employment, "fact_id", employment_ids, known_at)
    posts = first_versions(session, Posting, "employment_id", employments, known_at)
    pays = first_versions(session, PayRecord, "employment_id", employments, known_at)
    return {
        key: FirstDay(
            civil_date(one.valid_from),
            posts[key].local_grade if key in posts else None,
            pays[key].salary_pence if key in pays else None,
            pays[key].fte_thousandths if key in pays else None,
        )
        for key, one in employments.items()
    }


def first_versions(
    session: Session, model: type[_F], column: str, keys: Collection[UUID], known_at: datetime
) -> dict[UUID, _F]:
    """The version of each that begins first, as was known then; of posts, of those at home."""
    query = select(model).where(known(model, known_at), is_among(session, getattr(model, column), list(keys)))
    if model is Posting:
        query = query.where(col(Posting.kind) == PostingKind.HOME)
    found: dict[UUID, _F] = {}
    for one in session.exec(query.order_by(col(model.valid_from))):
        found.setdefault(getattr(one, column), one)
    return found

"""Grade labels that bulk moves carried over begin sooner where somebody's post there does."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.employments.models import Employment, Posting
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.organisations.models import LocalGrade
from profiles.temporal import Provenance, current, known, replace

CARRIED = "bulk-move:"
"""How the source begins of a label that the new organisation got by a bulk move."""
REASON = "somebody who brought it began sooner"


def find_missing(session: Session, employment: Employment, at: datetime, now: datetime) -> str | None:
    """The label of their first posts that the organisation had not at ``at``, nor gets by a move."""
    for post, label in _first_labels(session, employment, at, now):
        if label is None or not label.source.startswith(CARRIED):
            return post.local_grade
    return None


def let_begin(session: Session, employment: Employment, at: datetime, now: datetime, by: UUID) -> None:
    """Let the labels that were carried over with their first posts begin at ``at``."""
    for _post, label in list(_first_labels(session, employment, at, now)):
        if label is not None:
            replace(session, label, now, Provenance(by, label.source, REASON), valid_from=at)


def _first_labels(
    session: Session, employment: Employment, at: datetime, now: datetime
) -> Iterator[tuple[Posting, LocalGrade | None]]:
    """The posts with which an employment begins whose label does not hold at ``at``; and as it is then."""
    first = select(Posting).where(
        known(Posting, now),
        col(Posting.employment_id) == employment.fact_id,
        col(Posting.valid_from) == employment.valid_from,
    )
    for post in session.exec(first).all():
        place, label = post.organisation_id, post.local_grade
        try:
            organisations.common_grade(session, place, label, at, now)
        except NotFound:
            held = current(
                session, LocalGrade, employment.valid_from, now, organisation_id=place, label=label
            )
            yield post, next(iter(held), None)

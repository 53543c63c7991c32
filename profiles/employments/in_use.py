"""Whether an organisation is needed still: people work there, or others are below it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from profiles.employments.models import Employment, Posting
from profiles.organisations.models import OrganisationDetail
from profiles.temporal import known


def is_in_use(session: Session, organisation_id: UUID, since: datetime, known_at: datetime) -> bool:
    """Whether somebody is employed or posted there after ``since``, or an organisation is below it then.

    What is to begin later counts.
    """
    places = (
        (Employment, col(Employment.organisation_id)),
        (Posting, col(Posting.organisation_id)),
        (OrganisationDetail, col(OrganisationDetail.parent_id)),
    )
    for model, place in places:
        lasts = or_(col(model.valid_to).is_(None), col(model.valid_to) > since)
        found = select(model.id).where(known(model, known_at), place == organisation_id, lasts)
        if session.exec(found.limit(1)).first() is not None:
            return True
    return False

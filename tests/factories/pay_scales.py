"""Pay scales for tests."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.pay.models import PayScale
from profiles.pay.scales import ScaleTerms, record_scale
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE


def make_scale(
    session: Session,
    now: datetime,
    organisation_id: UUID,
    local_grade: str = "Officer",
    location: str = "",
    *,
    pounds: tuple[int, int] = (28_000, 31_000),
) -> PayScale:
    """The scale of a grade since long ago, from and to so many pounds a year."""
    lowest, highest = (one * 100 for one in pounds)
    return record_scale(
        *(session, now, PROVENANCE, INITIATOR),
        organisation_id=organisation_id,
        terms=ScaleTerms(local_grade, location, f"{local_grade} scale", lowest, highest),
        valid_from=LONG_AGO,
    )

"""Clearances for tests."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.clearances import service
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance
from profiles.organisations.service import OrganisationView
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE


def make_clearance(
    session: Session,
    now: datetime,
    person_id: UUID,
    sponsor: OrganisationView,
    level: ClearanceLevel = ClearanceLevel.SC,
    *,
    decided_on: date = date(2021, 1, 1),
    expires_on: date = date(2030, 5, 31),
) -> Clearance:
    """An active clearance since long ago, sponsored by this organisation."""
    return service.record_decision(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        level=level,
        decided_on=decided_on,
        expires_on=expires_on,
        sponsor_id=sponsor.id,
        valid_from=LONG_AGO,
    )

"""What organisations publish of their teams, for tests."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.organisations.models import TeamContact
from profiles.sign_in.contacts import Team
from profiles.temporal import record
from tests.factories.organisations import LONG_AGO, PROVENANCE


def make_contact(
    session: Session, now: datetime, organisation_id: UUID, team: Team = Team.HR, phone: str = "0300 111 1111"
) -> None:
    """A team's number, published since long ago."""
    stamp = PROVENANCE.stamp(now, LONG_AGO)
    record(session, TeamContact(organisation_id=organisation_id, team=team, phone=phone, **stamp))

"""A person, an app and how long sessions live, for the tests of sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from identity.sessions import service
from identity.sessions.service import Limits, SignedIn
from profiles.apps.models import App
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person


@dataclass(frozen=True)
class Party:
    """What a session asks of a client."""

    client_id: str
    app_id: UUID
    backchannel_logout_uri: str | None = None


@pytest.fixture
def limits() -> Limits:
    return Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))


@pytest.fixture
def person_id(session: Session, now: datetime) -> UUID:
    return make_person(session, now)


@pytest.fixture
def token(session: Session, now: datetime, person_id: UUID, limits: Limits) -> str:
    """The cookie of a session that the person began now."""
    return service.start(session, now, person_id=person_id, limits=limits, user_agent="Firefox on Linux")


@pytest.fixture
def signed_in(session: Session, now: datetime, token: str) -> SignedIn:
    found = service.find_signed_in(session, token, now)
    assert found is not None
    return found


@pytest.fixture
def client(session: Session, now: datetime) -> Party:
    organisation = make_organisation(session, now)
    app = App(
        organisation_id=organisation.id,
        name="Cases",
        home_url="https://cases.example",
        contact="cases@hmrc.gov.uk",
        created_at=now,
    )
    session.add(app)
    session.flush()
    return Party("cases", app.id)

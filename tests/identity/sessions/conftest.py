"""A person, an app and how long sessions live, for the tests of sessions."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from identity.clients import service as clients
from identity.clients.models import Client
from identity.sessions import service
from identity.sessions.service import Limits, SignedIn
from profiles.apps.models import App
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.people import make_person


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
def client(session: Session, now: datetime) -> Client:
    """A client that wants to be told when a session ends."""
    return make_client(session, now, "cases", "https://cases.example/backchannel-logout")


def make_client(
    session: Session, now: datetime, client_id: str, backchannel_logout_uri: str | None
) -> Client:
    organisation = make_organisation(session, now, client_id.upper())
    app = App(
        organisation_id=organisation.id,
        name=client_id.title(),
        home_url=f"https://{client_id}.example",
        contact="help@hmrc.gov.uk",
        created_at=now,
    )
    session.add(app)
    session.flush()
    clients.register(
        session,
        now,
        INITIATOR,
        client_name=app.name,
        app_id=app.id,
        redirect_uris=[f"https://{client_id}.example/callback"],
        development=False,
        backchannel_logout_uri=backchannel_logout_uri,
        client_id=client_id,
    )
    return session.get_one(Client, client_id)

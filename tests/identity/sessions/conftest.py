"""A person, an app and how long sessions live, for the tests of sessions."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from identity.clients.models import Client
from identity.sessions import service
from identity.sessions.service import Limits, SignedIn
from tests.factories.clients import LISTENING_CLIENT, make_client
from tests.factories.organisations import make_organisation
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
    make_client(session, now, make_organisation(session, now), **LISTENING_CLIENT)
    return session.get_one(Client, "cases")

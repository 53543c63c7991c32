"""Apps and their clients for tests."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from identity.clients import service
from identity.clients.service import ClientCredentials
from profiles.apps.models import App
from profiles.organisations.service import OrganisationView
from tests.factories.organisations import INITIATOR

REDIRECT_URI = "https://casework.hmrc.gov.uk/callback"
LISTENING_CLIENT = {
    "client_id": "cases",
    "backchannel_logout_uri": "https://casework.hmrc.gov.uk/backchannel-logout",
}
"""The metadata of a client that is told when a session ends."""


def make_client(
    session: Session, now: datetime, organisation: OrganisationView, name: str = "Casework", **metadata: Any
) -> ClientCredentials:
    """A client of a new app of this organisation; nobody has access yet and there is no agreement."""
    app = App(
        organisation_id=organisation.id,
        name=name,
        home_url="https://casework.hmrc.gov.uk/",
        contact="casework@hmrc.gov.uk",
        created_at=now,
    )
    session.add(app)
    session.flush()
    asked = {"redirect_uris": [REDIRECT_URI], "development": False} | metadata
    return service.register(session, now, INITIATOR, client_name=name, app_id=app.id, **asked)

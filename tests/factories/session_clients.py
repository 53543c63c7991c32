"""People at work in an app."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from identity.clients import service as clients
from identity.sessions import service as sessions
from identity.sessions.models import SessionClient
from profiles.apps.models import App
from profiles.disclosure.service import access
from tests.factories.clients import LISTENING_CLIENT, REDIRECT_URI
from tests.factories.organisations import INITIATOR

LIMITS = sessions.Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))


@dataclass(frozen=True)
class _Client:
    client_id: str
    app_id: UUID


def use_app(session: Session, now: datetime, person_id: UUID, app: App) -> SessionClient:
    """Sign a person in at an app's new client, which listens for logouts, with the roles that are decided."""
    client = clients.register(
        session,
        now,
        INITIATOR,
        client_name=app.name,
        app_id=app.id,
        redirect_uris=[REDIRECT_URI],
        development=False,
        **LISTENING_CLIENT,
    )
    return join(session, now, person_id, client.client_id, app.id)


def join(session: Session, now: datetime, person_id: UUID, client_id: str, app_id: UUID) -> SessionClient:
    """Sign a person in at a client that an app has already."""
    token = sessions.start(session, now, person_id=person_id, limits=LIMITS, user_agent="Safari on iPhone")
    signed_in = sessions.find_signed_in(session, token, now)
    assert signed_in is not None
    roles = access(session, person_id, app_id, now).roles
    party = _Client(client_id, app_id)
    joined = sessions.join_client(session, signed_in, party, "sub", list(roles), now)
    return session.get_one(SessionClient, joined.id)

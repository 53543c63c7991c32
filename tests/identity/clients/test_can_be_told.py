"""A client of an app that has agreed to confirm can be told, however it is registered."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import Session

from identity.clients import service as clients
from identity.clients.errors import InvalidClientMetadata
from identity.clients.metadata import ClientMetadata
from identity.clients.token_metadata import TokenMetadata
from profiles.apps.models import Agreement
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR, make_organisation

TOLD_AT = "https://desk.example/backchannel-logout"


@pytest.fixture
def app_id(session: Session, now: datetime) -> UUID:
    """An app whose tokens stop while it has not confirmed."""
    app = make_app(session, now, make_organisation(session, now))
    session.execute(update(Agreement).values(stop_tokens_when_overdue=True))
    session.expire_all()
    return app.id


def described(**changes: Any) -> ClientMetadata:
    said = {"client_name": "Desk", "redirect_uris": ("https://desk.example/callback",)} | changes
    return ClientMetadata(**said)


def add(session: Session, now: datetime, app_id: UUID, metadata: ClientMetadata) -> str:
    return clients.add(session, now, INITIATOR, metadata, app_id=app_id, development=False).client_id


def test_a_new_one_needs_the_address(session: Session, now: datetime, app_id: UUID) -> None:
    with pytest.raises(InvalidClientMetadata, match="backchannel_logout_uri"):
        add(session, now, app_id, described())
    add(session, now, app_id, described(backchannel_logout_uri=TOLD_AT))


def test_one_without_a_server_is_registered_without(session: Session, now: datetime, app_id: UUID) -> None:
    add(session, now, app_id, described(token_endpoint_auth_method="none"))


def test_the_address_is_not_taken_away(session: Session, now: datetime, app_id: UUID) -> None:
    client_id = add(session, now, app_id, described(backchannel_logout_uri=TOLD_AT))
    for without in (described(), described(token_endpoint_auth_method="none")):
        with pytest.raises(InvalidClientMetadata, match="backchannel_logout_uri"):
            clients.change(session, now, INITIATOR, client_id, without, development=False)
    session.execute(update(Agreement).values(stop_tokens_when_overdue=False))
    session.expire_all()
    clients.change(session, now, INITIATOR, client_id, described(), development=False)


@pytest.mark.parametrize(
    "before",
    [
        {"token_endpoint_auth_method": "none"},
        {
            "redirect_uris": (),
            "tokens": TokenMetadata(("client_credentials",), service_scopes=("records.read",)),
        },
    ],
    ids=["without a server", "nobody signs in"],
)
def test_none_becomes_a_servers_without_the_address(
    session: Session, now: datetime, app_id: UUID, before: dict[str, Any]
) -> None:
    client_id = add(session, now, app_id, described(**before))
    with pytest.raises(InvalidClientMetadata, match="backchannel_logout_uri"):
        clients.change(session, now, INITIATOR, client_id, described(), development=False)

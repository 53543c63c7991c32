"""Changing which tokens a registered client may ask for."""

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from identity.clients.errors import InvalidClientMetadata
from identity.clients.models import Client, Resource
from identity.clients.token_metadata import TokenMetadata
from identity.clients.token_service import change_tokens
from profiles.audit.models import AuditEntry
from tests.factories.clients import make_client
from tests.factories.organisations import INITIATOR, make_organisation

API = "https://api.hmrc.example/cases"


@pytest.fixture
def client(session: Session, now: datetime) -> Client:
    made = make_client(session, now, make_organisation(session, now), scopes=("openid", "email"))
    return session.get_one(Client, made.client_id)


def change(session: Session, now: datetime, client: Client, **asked: Any) -> None:
    change_tokens(session, now, INITIATOR, client.client_id, TokenMetadata(**asked))


def test_what_is_said_holds_and_what_is_not_said_ends(
    session: Session, now: datetime, client: Client
) -> None:
    change(session, now, client, grant_types=["authorization_code", "refresh_token"], serves=[API])
    assert client.scope == "openid email offline_access"
    assert session.exec(select(Resource.uri)).all() == [API]
    change(session, now, client, access_token_format="opaque")
    assert (client.scope, client.access_token_format) == ("openid email", "opaque")
    assert session.exec(select(Resource.uri)).all() == []


def test_a_client_may_go_on_serving_its_resource(session: Session, now: datetime, client: Client) -> None:
    for _ in range(2):
        change(session, now, client, serves=[API], resources=[API])
    assert client.resources == [API]


def test_what_another_client_serves_stays_its_own(session: Session, now: datetime, client: Client) -> None:
    """RFC 7662 §4: else it could introspect the other's tokens."""
    organisation = make_organisation(session, now, code="DWP")
    make_client(session, now, organisation, "Benefits", tokens=TokenMetadata(serves=[API]))
    with pytest.raises(InvalidClientMetadata):
        change(session, now, client, serves=[API])


def test_a_client_without_redirect_uri_gets_no_codes(session: Session, now: datetime, client: Client) -> None:
    client.redirect_uris = []
    with pytest.raises(InvalidClientMetadata):
        change(session, now, client)


def test_an_unknown_client_is_refused(session: Session, now: datetime) -> None:
    with pytest.raises(InvalidClientMetadata):
        change_tokens(session, now, INITIATOR, "unknown", TokenMetadata())


def test_it_is_audited(session: Session, now: datetime, client: Client) -> None:
    change(session, now, client, serves=[API])
    session.flush()
    entry = session.exec(select(AuditEntry).where(AuditEntry.event == "client.tokens_changed")).one()
    assert entry.details["tokens"]["serves"] == [API]

"""A supplier changes its registration, and what an administrator granted stays (RFC 7592 §2.2)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.initial_access import allow
from identity.clients.registry import RegisteredClient, find_client
from identity.clients.token_metadata import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, OPAQUE, TokenMetadata
from identity.clients.token_service import change_tokens
from tests.factories.organisations import INITIATOR
from tests.identity.endpoints.provider import ISSUER, Provider

DOCUMENT = {"client_name": "Supplied", "redirect_uris": ["https://supplier.example/callback"]}
RESOURCE = "https://api.example/"
GRANTED = TokenMetadata(
    grant_types=(AUTHORIZATION_CODE, CLIENT_CREDENTIALS),
    access_token_format=OPAQUE,
    service_scopes=("cases.read",),
    resources=(RESOURCE,),
    serves=(RESOURCE,),
)


@pytest.fixture
def registered(provider: Provider) -> dict[str, Any]:
    """A client that registered itself, and was granted more."""
    with transaction(provider.engine) as session:
        token = allow(
            session,
            provider.now,
            INITIATOR,
            organisation_id=provider.organisation.id,
            contact="the digital team",
            expires_at=provider.now + timedelta(hours=1),
            attempts=1,
        )
    headers = {"Authorization": f"Bearer {token}"}
    told = provider.browser.post("/register", json=DOCUMENT, headers=headers, base_url=ISSUER).json
    with transaction(provider.engine) as session:
        change_tokens(session, provider.now, INITIATOR, told["client_id"], GRANTED)
    return dict(told)


def put(provider: Provider, registered: dict[str, Any], **changes: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {registered['registration_access_token']}"}
    document = {**DOCUMENT, "client_id": registered["client_id"], **changes}
    path = f"/register/{registered['client_id']}"
    return provider.browser.put(path, json=document, headers=headers, base_url=ISSUER)


def find(provider: Provider, registered: dict[str, Any]) -> RegisteredClient:
    with Session(provider.engine) as session:
        client = find_client(session, registered["client_id"])
    assert client is not None
    return client


def test_what_was_granted_stays(provider: Provider, registered: dict[str, Any]) -> None:
    response = put(provider, registered, client_name="Renamed", grant_types=["authorization_code"])
    assert response.status_code == 200, response.text
    client = find(provider, registered)
    assert client.client_name == "Renamed"
    assert client.grant_types == {AUTHORIZATION_CODE, CLIENT_CREDENTIALS}
    assert (client.access_token_format, client.service_scopes) == (OPAQUE, {"cases.read"})
    assert client.resources == {RESOURCE}


def test_what_a_supplier_may_ask_for_is_still_replaced(
    provider: Provider, registered: dict[str, Any]
) -> None:
    asked = ["authorization_code", "refresh_token"]
    put(provider, registered, grant_types=asked)
    assert find(provider, registered).grant_types == {*asked, CLIENT_CREDENTIALS}
    put(provider, registered)
    assert find(provider, registered).grant_types == {AUTHORIZATION_CODE, CLIENT_CREDENTIALS}


def test_it_cannot_become_public_with_them(provider: Provider, registered: dict[str, Any]) -> None:
    """RFC 6749 §4.4: client credentials are for confidential clients only."""
    response = put(provider, registered, token_endpoint_auth_method="none")
    assert response.status_code == 400, response.text
    assert response.json["error_description"].startswith("grant_types: ")

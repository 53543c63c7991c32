"""A supplier declares the FAPI 2.0 Security Profile at ``/register`` (RFC 7591 §2, RFC 7592 §2.2)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.initial_access import allow
from identity.clients.registry import find_client
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.organisations import INITIATOR
from tests.identity.endpoints.provider import ISSUER, Provider

DOCUMENT = {
    "client_name": "Payments",
    "redirect_uris": ["https://supplier.example/callback"],
    "profile": "fapi2",
    "jwks": jwks(ClientKey.make("ES256")),
}


@pytest.fixture
def token(provider: Provider) -> str:
    with transaction(provider.engine) as session:
        return allow(
            session,
            provider.now,
            INITIATOR,
            organisation_id=provider.organisation.id,
            contact="the digital team",
            expires_at=provider.now + timedelta(hours=1),
            attempts=3,
        )


def register(provider: Provider, token: str, **changes: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    return provider.browser.post("/register", json=DOCUMENT | changes, headers=headers, base_url=ISSUER)


def test_one_word_turns_everything_on(provider: Provider, token: str) -> None:
    """RFC 7591 §3.2.1: the answer says what is registered, also where the client said nothing."""
    response = register(provider, token, dpop_bound_access_tokens=False)
    assert response.status_code == 201, response.text
    told = response.json
    assert "client_secret" not in told
    assert told["profile"] == "fapi2"
    assert told["token_endpoint_auth_method"] == "private_key_jwt"
    assert told["id_token_signed_response_alg"] == "PS256"
    assert told["dpop_bound_access_tokens"] is True
    assert told["require_pushed_authorization_requests"] is True
    with Session(provider.engine) as session:
        client = find_client(session, told["client_id"])
    assert client is not None
    assert (client.is_fapi2, client.must_prove_a_key, client.must_push_requests) == (True, True, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("id_token_signed_response_alg", "RS256"),
        ("profile", "fapi1"),
        ("profile", 2),
    ],
)
def test_what_does_not_go_with_it_is_refused(provider: Provider, token: str, field: str, value: Any) -> None:
    """RFC 7591 §3.2.2."""
    response = register(provider, token, **{field: value})
    assert response.status_code == 400
    assert response.json["error_description"].startswith(field)


def test_it_is_not_shed_by_leaving_it_out(provider: Provider, token: str) -> None:
    """RFC 7592 §2.2: a change replaces all, so that forgetting a word would undo every protection."""
    told = register(provider, token).json
    headers = {"Authorization": f"Bearer {told['registration_access_token']}"}
    document = {**DOCUMENT, "client_id": told["client_id"], "client_name": "Payments 2"}
    for left_out, status in (({"profile"}, 400), (set[str](), 200)):
        sent = {name: value for name, value in document.items() if name not in left_out}
        path = f"/register/{told['client_id']}"
        response = provider.browser.put(path, json=sent, headers=headers, base_url=ISSUER)
        assert response.status_code == status, response.text

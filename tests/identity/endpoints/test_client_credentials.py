"""The client credentials grant (RFC 6749 §4.4, RFC 9068)."""

from typing import Any

import pytest
from jose import jwt
from sqlalchemy import update
from sqlmodel import col
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.models import Client
from identity.clients.service import ClientCredentials
from identity.clients.token_metadata import TokenMetadata
from tests.identity.endpoints.provider import ISSUER, Provider, answer, basic, refused_token

API = "https://api.hmrc.example/cases"
SCOPES = ("people.read", "changes.read")


@pytest.fixture
def server(provider: Provider) -> ClientCredentials:
    """The client of the resource ``API``."""
    return provider.another_client(tokens=TokenMetadata(serves=[API]))


@pytest.fixture(autouse=True)
def service(provider: Provider, server: ClientCredentials) -> None:
    """A client that acts for itself alone and has no redirect URI."""
    provider.client = a_service(provider)


def a_service(provider: Provider, access_token_format: str = "jwt") -> ClientCredentials:
    tokens = TokenMetadata(
        grant_types=["client_credentials"],
        service_scopes=SCOPES,
        resources=[API],
        access_token_format=access_token_format,
    )
    nowhere: dict[str, Any] = {"redirect_uris": [], "post_logout_redirect_uris": []}
    return provider.another_client(tokens=tokens, backchannel_logout_uri=None, **nowhere)


def ask(provider: Provider, **parameters: Any) -> TestResponse:
    body = {"grant_type": "client_credentials", **parameters}
    return provider.post("/token", body, headers=basic(provider.client))


def test_a_service_gets_an_access_token_and_nothing_else(provider: Provider) -> None:
    """RFC 6749 §4.4.3: no refresh token; nobody signed in, so no ID token."""
    response = ask(provider)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    assert body["scope"] == "changes.read people.read"


def test_the_token_is_about_the_client(provider: Provider) -> None:
    """RFC 9068 §2.2: sub is the client_id; it is for Lanyard's own API unless a resource is named."""
    token = ask(provider).json["access_token"]
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    claims = provider.verified(token, f"{ISSUER}/api", "ES256")
    now = int(provider.now.timestamp())
    assert claims["sub"] == claims["client_id"] == provider.client.client_id
    assert (claims["iat"], claims["exp"]) == (now, now + 300)
    assert not {"auth_time", "acr", "amr", "sid", "nonce"} & set(claims)


def test_scope_may_be_less(provider: Provider) -> None:
    """RFC 6749 §4.4.2."""
    assert ask(provider, scope="people.read").json["scope"] == "people.read"


@pytest.mark.parametrize(
    "scope", ["people.write", "openid", "people.read openid", "offline_access", "\u00fc"]
)
def test_scope_may_not_be_more(provider: Provider, scope: str) -> None:
    """RFC 6749 §5.2; a service never gets what people grant."""
    refused_token(ask(provider, scope=scope), "invalid_scope")


def test_a_client_that_signs_people_in_may_not(provider: Provider) -> None:
    """RFC 6749 §5.2: unauthorized_client."""
    provider.client = provider.another_client()
    refused_token(ask(provider), "unauthorized_client")


def test_a_service_may_not_send_people_here(provider: Provider) -> None:
    """RFC 6749 §4.1.2.1: without redirect URI an error page, with one unauthorized_client."""
    assert provider.authorize().status_code == 400
    tokens = TokenMetadata(grant_types=["client_credentials"], service_scopes=SCOPES)
    both = provider.another_client(tokens=tokens)
    assert answer(provider.authorize(client_id=both.client_id))["error"] == "unauthorized_client"


def test_who_asks_must_prove_itself(provider: Provider) -> None:
    """RFC 6749 §4.4: only confidential clients."""
    client_id = provider.client.client_id
    response = provider.post("/token", {"grant_type": "client_credentials", "client_id": client_id})
    refused_token(response, "invalid_client", 401)


def test_userinfo_is_not_for_services(provider: Provider) -> None:
    """OpenID Connect Core §5.3; RFC 9068 §4: the audience is another."""
    assert provider.userinfo(ask(provider).json["access_token"]).status_code == 401
    refused_token(ask(provider, resource=f"{ISSUER}/userinfo"), "invalid_target")


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
def test_the_resource_that_is_named_may_introspect_it(
    provider: Provider, server: ClientCredentials, access_token_format: str
) -> None:
    """RFC 8707 §2, RFC 7662 §2.2."""
    provider.client = a_service(provider, access_token_format)
    token = ask(provider, resource=API).json["access_token"]
    told = provider.ask_about("/introspect", token, server).json
    assert (told["active"], told["aud"]) == (True, API)
    assert told["sub"] == told["client_id"] == provider.client.client_id


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
def test_a_revoked_token_is_inactive(provider: Provider, access_token_format: str) -> None:
    """RFC 7009 §2."""
    provider.client = a_service(provider, access_token_format)
    token = ask(provider).json["access_token"]
    assert provider.ask_about("/introspect", token).json["active"] is True
    assert provider.ask_about("/revoke", token).status_code == 200
    assert provider.ask_about("/introspect", token).json == {"active": False}


def test_a_disabled_services_token_is_inactive(provider: Provider, server: ClientCredentials) -> None:
    token = ask(provider, resource=API).json["access_token"]
    with transaction(provider.engine) as session:
        mine = col(Client.client_id) == provider.client.client_id
        session.execute(update(Client).where(mine).values(disabled_at=provider.now))
    provider.clock.forward(seconds=5)
    assert provider.ask_about("/introspect", token, server).json == {"active": False}


def test_a_token_for_our_api_is_nothing_to_another_resource(
    provider: Provider, server: ClientCredentials
) -> None:
    token = ask(provider).json["access_token"]
    assert provider.ask_about("/introspect", token, server).json == {"active": False}

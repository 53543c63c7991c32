"""The revocation endpoint (RFC 7009)."""

from typing import Any

import pytest
from sqlmodel import Session, select

from identity.clients.service import ClientCredentials
from identity.clients.token_metadata import TokenMetadata
from identity.tokens.models import RevokedAccessToken
from profiles.audit.models import AuditEntry
from tests.identity.endpoints.provider import SCOPE, Provider, basic, refused_token


@pytest.fixture(autouse=True, params=["jwt", "opaque"])
def refreshing(request: pytest.FixtureRequest, provider: Provider) -> None:
    """Somebody is signed in, and the client has refresh tokens and access tokens in both forms."""
    provider.client = provider.another_client(tokens=metadata(request.param))
    provider.sign_in()


@pytest.fixture
def tokens(provider: Provider) -> dict[str, Any]:
    return provider.tokens(scope=f"{SCOPE} offline_access")


def metadata(access_token_format: str = "jwt") -> TokenMetadata:
    grants = ("authorization_code", "refresh_token")
    return TokenMetadata(grant_types=grants, access_token_format=access_token_format)


def revoke(provider: Provider, token: str) -> None:
    response = provider.ask_about("/revoke", token)
    assert response.status_code == 200, response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_a_refresh_token_takes_its_family_along(provider: Provider, tokens: dict[str, Any]) -> None:
    """RFC 7009 §2.1: the refresh token and all access tokens of the same grant, at once."""
    revoke(provider, tokens["refresh_token"])
    refused_token(provider.refresh(tokens["refresh_token"]), "invalid_grant")
    assert provider.userinfo(tokens["access_token"]).status_code == 401


def test_a_spent_refresh_token_takes_its_family_along(provider: Provider, tokens: dict[str, Any]) -> None:
    """RFC 7009 §2.1: whoever lost an answer can still give everything back."""
    successor = provider.refresh(tokens["refresh_token"]).json["refresh_token"]
    revoke(provider, tokens["refresh_token"])
    refused_token(provider.refresh(successor), "invalid_grant")


def test_an_access_token_goes_alone(provider: Provider, tokens: dict[str, Any]) -> None:
    """RFC 7009 §2.1: the refresh token stays good, and so do other access tokens."""
    other = provider.refresh(tokens["refresh_token"]).json
    revoke(provider, tokens["access_token"])
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    assert provider.userinfo(other["access_token"]).status_code == 200
    assert provider.refresh(other["refresh_token"]).status_code == 200


@pytest.mark.parametrize("text", ["unknown", "a.b.c", "\x00", "\u00fc", "a" * 8000])
def test_an_unknown_token_is_as_good_as_revoked(provider: Provider, text: str) -> None:
    """RFC 7009 §2.2."""
    revoke(provider, text)


def test_an_id_token_is_none_of_this(provider: Provider, tokens: dict[str, Any]) -> None:
    """RFC 7009 §2.2: 200, and nothing is revoked."""
    revoke(provider, tokens["id_token"])
    assert provider.userinfo(tokens["access_token"]).status_code == 200


def test_twice_is_as_once(provider: Provider, tokens: dict[str, Any]) -> None:
    """RFC 7009 §2.2."""
    for _ in range(2):
        revoke(provider, tokens["access_token"])
        revoke(provider, tokens["refresh_token"])


def test_an_expired_access_token_leaves_nothing_behind(provider: Provider, tokens: dict[str, Any]) -> None:
    """RFC 7009 §2.2."""
    provider.clock.forward(seconds=300)
    revoke(provider, tokens["access_token"])
    with Session(provider.engine) as session:
        assert session.exec(select(RevokedAccessToken)).all() == []


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_another_clients_token_is_refused_and_stays_good(
    provider: Provider, tokens: dict[str, Any], kind: str
) -> None:
    """RFC 7009 §2.1: the client is told of the error."""
    stranger = provider.another_client(tokens=metadata())
    refused_token(provider.ask_about("/revoke", tokens[kind], stranger), "invalid_grant")
    assert provider.userinfo(tokens["access_token"]).status_code == 200
    assert provider.refresh(tokens["refresh_token"]).status_code == 200


def test_a_revoked_token_used_again_is_no_replay(provider: Provider, tokens: dict[str, Any]) -> None:
    """Revoked, then used: refused, and nobody is alarmed."""
    revoke(provider, tokens["refresh_token"])
    refused_token(provider.refresh(tokens["refresh_token"]), "invalid_grant")
    with Session(provider.engine) as session:
        events = set(session.exec(select(AuditEntry.event)))
    assert "tokens.revoked" in events
    assert "refresh_token.replayed" not in events


def test_the_family_is_audited_once(provider: Provider, tokens: dict[str, Any]) -> None:
    for _ in range(2):
        revoke(provider, tokens["refresh_token"])
    with Session(provider.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.event == "tokens.revoked")).one()
        assert entry.details["client_id"] == provider.client.client_id


def test_who_asks_must_prove_itself(provider: Provider, tokens: dict[str, Any]) -> None:
    """RFC 7009 §2.1."""
    refused_token(provider.post("/revoke", {"token": tokens["access_token"]}), "invalid_client", 401)
    wrong = ClientCredentials(provider.client.client_id, "wrong")
    refused_token(provider.ask_about("/revoke", tokens["access_token"], wrong), "invalid_client", 401)
    assert provider.userinfo(tokens["access_token"]).status_code == 200


def test_the_token_is_required(provider: Provider) -> None:
    """RFC 7009 §2.1."""
    refused_token(provider.post("/revoke", {}, headers=basic(provider.client)), "invalid_request")


def test_a_wrong_hint_changes_nothing(provider: Provider, tokens: dict[str, Any]) -> None:
    """RFC 7009 §2.1: the search goes on over all types."""
    body = {"token": tokens["refresh_token"], "token_type_hint": "access_token"}
    assert provider.post("/revoke", body, headers=basic(provider.client)).status_code == 200
    refused_token(provider.refresh(tokens["refresh_token"]), "invalid_grant")


def test_get_is_refused(provider: Provider) -> None:
    """RFC 7009 §2: POST."""
    assert provider.get("/revoke", {"token": "x"}).status_code == 405

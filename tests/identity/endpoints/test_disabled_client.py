"""A client that is disabled or deletes itself: everything that it holds ends in that moment, everywhere.

The provider of these tests remembers the client, as any process does for some seconds; it is disabled by
another one, which tells nobody.
"""

from typing import Any

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.token_metadata import TokenMetadata
from identity.sessions.disabled_clients import disable_client
from identity.sessions.models import SessionClient
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.outbox.models import MessageKind, OutboxMessage
from tests.factories.organisations import INITIATOR
from tests.identity.endpoints.provider import SCOPE, Provider, basic, refused_token

REFRESHING = TokenMetadata(grant_types=("authorization_code", "refresh_token"))
SERVICE = TokenMetadata(grant_types=("client_credentials",), service_scopes=("people.read",))


@pytest.fixture(autouse=True)
def refreshing(provider: Provider) -> None:
    """Somebody is signed in at a client with refresh tokens."""
    provider.client = provider.another_client(tokens=REFRESHING)
    provider.sign_in()


@pytest.fixture
def tokens(provider: Provider) -> dict[str, Any]:
    return provider.tokens(scope=f"{SCOPE} offline_access")


def disable(provider: Provider) -> int:
    """As another process does it."""
    with transaction(provider.engine) as session:
        return disable_client(session, provider.now, INITIATOR, provider.client.client_id)


def test_userinfo_refuses_at_once(provider: Provider, tokens: dict[str, Any]) -> None:
    assert provider.userinfo(tokens["access_token"]).status_code == 200
    disable(provider)
    assert provider.userinfo(tokens["access_token"]).status_code == 401


def test_introspection_says_inactive_at_once(provider: Provider, tokens: dict[str, Any]) -> None:
    disable(provider)
    assert provider.ask_about("/introspect", tokens["access_token"]).json == {"active": False}


def test_a_refresh_token_is_refused_at_once(provider: Provider, tokens: dict[str, Any]) -> None:
    disable(provider)
    refused_token(provider.refresh(tokens["refresh_token"]), "invalid_grant")


def test_a_code_is_refused_at_once(provider: Provider) -> None:
    code = provider.code()
    disable(provider)
    refused_token(provider.redeem(code), "invalid_grant")


def test_nobody_is_sent_back_with_a_code_or_round_and_round(provider: Provider) -> None:
    provider.code()
    disable(provider)
    response = provider.authorize()
    assert response.status_code == 400
    assert "not registered" in response.text
    with transaction(provider.engine) as session:
        assert session.exec(select(SessionClient).where(SessionClient.ended_at == None)).all() == []  # noqa: E711


class TestService:
    """RFC 6749 §4.4: nobody's session ends, so the client itself is asked after."""

    def ask(self, provider: Provider) -> TestResponse:
        body = {"grant_type": "client_credentials"}
        return provider.post("/token", body, headers=basic(provider.client))

    @pytest.fixture(autouse=True)
    def service(self, provider: Provider, refreshing: None) -> None:
        nowhere: dict[str, Any] = {"redirect_uris": [], "post_logout_redirect_uris": []}
        provider.client = provider.another_client(tokens=SERVICE, backchannel_logout_uri=None, **nowhere)

    def test_it_gets_no_more_tokens(self, provider: Provider) -> None:
        assert self.ask(provider).status_code == 200
        disable(provider)
        refused_token(self.ask(provider), "invalid_client", 401)

    def test_its_token_is_worth_nothing(self, provider: Provider) -> None:
        token = self.ask(provider).json["access_token"]
        assert provider.ask_about("/introspect", token).json["active"] is True
        disable(provider)
        assert provider.ask_about("/introspect", token).json == {"active": False}


def test_its_sessions_end_and_are_told_and_noted(provider: Provider, tokens: dict[str, Any]) -> None:
    assert disable(provider) == 1
    with transaction(provider.engine) as session:
        ended = session.exec(select(SessionClient)).one()
        assert (ended.ended_at, ended.ended_reason) == (provider.now, "The client was disabled.")
        message = session.exec(select(OutboxMessage)).one()
        assert (message.kind, message.payload["sid"]) == (MessageKind.LOGOUT, ended.sid)
        entries = session.exec(select(AuditEntry).where(AuditEntry.event == Event.APP_SESSION_ENDED)).all()
        assert len(entries) == 1


def test_sessions_at_other_clients_of_the_same_app_go_on(provider: Provider, tokens: dict[str, Any]) -> None:
    disabled, provider.client = provider.client, provider.another_client()
    other = provider.tokens()["access_token"]
    provider.client = disabled
    disable(provider)
    assert provider.userinfo(other).status_code == 200

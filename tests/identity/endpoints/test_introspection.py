"""The introspection endpoint (RFC 7662)."""

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.database import transaction
from identity.clients.models import Client
from identity.clients.service import ClientCredentials
from identity.clients.token_metadata import TokenMetadata
from identity.sessions.models import SessionClient
from identity.sessions.session_clients import end_client
from profiles.apps.models import AccessRule
from profiles.audit.models import AuditEntry
from tests.identity.endpoints.provider import ISSUER, Provider, basic, refused_token

API = "https://api.hmrc.example/cases"
INACTIVE = {"active": False}


@pytest.fixture
def server(provider: Provider) -> ClientCredentials:
    """The client of the resource ``API``."""
    return provider.another_client(tokens=TokenMetadata(serves=[API]))


@pytest.fixture(autouse=True, params=["jwt", "opaque"])
def asking(request: pytest.FixtureRequest, provider: Provider, server: ClientCredentials) -> None:
    """Somebody is signed in, and the client may ask tokens for ``API``, in both forms."""
    tokens = TokenMetadata(
        grant_types=("authorization_code", "refresh_token"),
        access_token_format=request.param,
        resources=[API],
    )
    provider.client = provider.another_client(tokens=tokens)
    provider.sign_in()


@pytest.fixture
def token(provider: Provider) -> str:
    """An access token for ``API``."""
    return str(provider.tokens(resource=API)["access_token"])


def introspect(provider: Provider, token: str, client: ClientCredentials | None = None) -> dict[str, object]:
    response = provider.ask_about("/introspect", token, client)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    return dict(response.json or {})


def test_the_resource_server_learns_what_a_token_is_worth(
    provider: Provider, server: ClientCredentials, token: str
) -> None:
    """RFC 7662 §2.2; no personal data but the sub."""
    answer = introspect(provider, token, server)
    now = int(provider.now.timestamp())
    assert answer.pop("jti")
    assert answer.pop("sub") == provider.id_token_claims(resource=API)["sub"]
    assert answer == {
        "active": True,
        "iss": ISSUER,
        "aud": API,
        "client_id": provider.client.client_id,
        "scope": "openid profile email employment clearance entitlements",
        "token_type": "Bearer",
        "iat": now,
        "exp": now + 300,
        "acr": "urn:lanyard:acr:sfa",
        "auth_time": now,
    }


def test_the_client_may_ask_about_its_own(provider: Provider, token: str) -> None:
    """RFC 7662 §4: issued to the caller."""
    assert introspect(provider, token)["active"] is True
    assert introspect(provider, provider.tokens()["access_token"])["aud"] == f"{ISSUER}/userinfo"


def test_a_token_for_userinfo_is_nothing_to_a_resource_server(
    provider: Provider, server: ClientCredentials
) -> None:
    """RFC 7662 §4: the token must be meant for whoever asks."""
    assert introspect(provider, provider.tokens()["access_token"], server) == INACTIVE


def test_others_hear_what_they_hear_of_a_token_that_does_not_exist(provider: Provider, token: str) -> None:
    """RFC 7662 §2.2 and §4: no oracle; the answers are the same to the byte."""
    stranger = provider.another_client()
    real = provider.ask_about("/introspect", token, stranger)
    unknown = provider.ask_about("/introspect", "unknown", stranger)
    assert real.json == INACTIVE
    assert (real.status_code, real.data) == (unknown.status_code, unknown.data)


@pytest.mark.parametrize("text", ["unknown", "a.b.c", "\x00", "\u00fc", "a" * 8000, ".", "\u00fc.\u00fc.x"])
def test_what_is_no_token_is_inactive(provider: Provider, text: str) -> None:
    """RFC 7662 §2.2."""
    assert introspect(provider, text) == INACTIVE


def test_neither_id_tokens_nor_refresh_tokens_are_active(provider: Provider) -> None:
    """RFC 7662 §2.1: only access tokens are; a resource must never take another for one."""
    tokens = provider.tokens(scope="openid offline_access")
    assert introspect(provider, tokens["id_token"]) == INACTIVE
    assert introspect(provider, tokens["refresh_token"]) == INACTIVE


def test_an_expired_token_is_inactive(provider: Provider, server: ClientCredentials, token: str) -> None:
    """RFC 7662 §4."""
    provider.clock.forward(seconds=300)
    assert introspect(provider, token, server) == INACTIVE


def test_whose_access_was_lost_is_inactive_at_once(
    provider: Provider, server: ClientCredentials, token: str
) -> None:
    """Access is decided again, whatever the token says."""
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(superseded_at=provider.now))
    assert introspect(provider, token, server) == INACTIVE


def test_an_ended_session_makes_it_inactive(
    provider: Provider, server: ClientCredentials, token: str
) -> None:
    with transaction(provider.engine) as session:
        end_client(session, session.exec(select(SessionClient)).one(), provider.now, "access ended")
    assert introspect(provider, token, server) == INACTIVE


def test_a_revoked_token_is_inactive_at_once(
    provider: Provider, server: ClientCredentials, token: str
) -> None:
    """RFC 7662 §4, RFC 7009 §2."""
    provider.ask_about("/revoke", token)
    assert introspect(provider, token, server) == INACTIVE


def test_a_replayed_code_makes_it_inactive(provider: Provider, server: ClientCredentials) -> None:
    """RFC 6749 §4.1.2."""
    code = provider.code(resource=API)
    token = provider.redeem(code).json["access_token"]
    provider.redeem(code)
    assert introspect(provider, token, server) == INACTIVE


def test_a_disabled_clients_token_is_inactive(
    provider: Provider, server: ClientCredentials, token: str
) -> None:
    with transaction(provider.engine) as session:
        mine = col(Client.client_id) == provider.client.client_id
        session.execute(update(Client).where(mine).values(disabled_at=provider.now))
    provider.clock.forward(seconds=5)
    assert introspect(provider, token, server) == INACTIVE


def test_who_asks_must_prove_itself(provider: Provider, token: str) -> None:
    """RFC 7662 §2.1 and §2.3."""
    response = provider.post("/introspect", {"token": token})
    refused_token(response, "invalid_client", 401)
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    wrong = ClientCredentials(provider.client.client_id, "wrong")
    refused_token(provider.ask_about("/introspect", token, wrong), "invalid_client", 401)


def test_an_access_token_in_the_header_is_no_proof(provider: Provider, token: str) -> None:
    """RFC 7662 §2.1: we take client authentication alone."""
    headers = {"Authorization": f"Bearer {token}"}
    refused_token(provider.post("/introspect", {"token": token}, headers=headers), "invalid_client", 401)


def test_the_token_is_required(provider: Provider) -> None:
    """RFC 7662 §2.1."""
    refused_token(provider.post("/introspect", {}, headers=basic(provider.client)), "invalid_request")


def test_a_hint_changes_nothing(provider: Provider, token: str) -> None:
    """RFC 7662 §2.1: we look for it all the same."""
    for hint in ("access_token", "refresh_token", "something"):
        body = {"token": token, "token_type_hint": hint}
        assert provider.post("/introspect", body, headers=basic(provider.client)).json["active"] is True


def test_get_is_refused(provider: Provider, token: str) -> None:
    """RFC 7662 §4: tokens do not stand in addresses."""
    assert provider.get("/introspect", {"token": token}).status_code == 405


def test_asking_writes_nothing(provider: Provider, server: ClientCredentials, token: str) -> None:
    with Session(provider.engine) as session:
        before = len(session.exec(select(AuditEntry)).all())
    introspect(provider, token, server)
    with Session(provider.engine) as session:
        assert len(session.exec(select(AuditEntry)).all()) == before

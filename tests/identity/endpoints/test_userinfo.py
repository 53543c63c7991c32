"""The userinfo endpoint (OpenID Connect Core §5.3, RFC 6750, RFC 9068 §4; checklist 16)."""

import pytest
from sqlalchemy import update
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.models import Client
from identity.sessions.models import LoginSession, SessionClient
from identity.sessions.service import end
from identity.sessions.session_clients import end_client
from profiles.apps.models import AccessRule
from profiles.disclosure.models import Disclosure
from tests.identity.endpoints.provider import ISSUER, Provider


@pytest.fixture
def access_token(provider: Provider) -> str:
    provider.sign_in()
    token: str = provider.tokens()["access_token"]
    return token


def refused(response: TestResponse, error: str, status: int) -> None:
    assert response.status_code == status, response.text
    assert response.headers["WWW-Authenticate"].startswith(f'Bearer realm="lanyard", error="{error}"')
    assert response.headers["Cache-Control"] == "no-store"


def test_it_tells_of_the_person_whom_the_id_token_names(provider: Provider) -> None:
    """§5.3.2: the same ``sub``; §5.4: the claims of the scopes, as far as they are agreed."""
    provider.sign_in()
    tokens = provider.tokens()
    response = provider.userinfo(tokens["access_token"])
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    claims = response.json
    assert claims["sub"] == provider.verified(tokens["id_token"], provider.client.client_id)["sub"]
    assert claims["name"] == "Priya Patel"
    assert claims["email"] == "priya.patel@hmrc.gov.uk"
    assert claims["organisation"]["code"] == "HMRC"
    assert (claims["grade"], claims["roles"]) == ("HEO", ["caseworker"])
    assert set(claims) == {"sub", "name", "email", "organisation", "grade", "roles"}


def test_a_scope_that_was_not_asked_for_releases_nothing(provider: Provider) -> None:
    """§5.4."""
    provider.sign_in()
    token = provider.tokens(scope="openid email")["access_token"]
    assert set(provider.userinfo(token).json) == {"sub", "email"}


def test_no_claim_is_null_or_empty(provider: Provider, access_token: str) -> None:
    """§5.3.2; checklist 16."""
    claims = provider.userinfo(access_token).json
    assert all(value not in (None, "", [], {}) for value in claims.values())
    assert claims.get("email_verified", True) is True


def test_openid_alone_gives_the_sub_alone(provider: Provider) -> None:
    provider.sign_in()
    assert set(provider.userinfo(provider.tokens(scope="openid")["access_token"]).json) == {"sub"}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_get_and_post_take_the_token_from_the_header(
    provider: Provider, access_token: str, scheme: str
) -> None:
    """§5.3.1, RFC 6750 §2.1."""
    headers = {"Authorization": f"{scheme} {access_token}"}
    for method in ("get", "post"):
        response = getattr(provider.browser, method)("/userinfo", headers=headers, base_url=ISSUER)
        assert response.status_code == 200


def test_post_takes_the_token_from_the_body(provider: Provider, access_token: str) -> None:
    """RFC 6750 §2.2."""
    assert provider.post("/userinfo", {"access_token": access_token}).json["sub"]


def test_a_token_in_the_address_is_never_taken(provider: Provider, access_token: str) -> None:
    """RFC 9700 §4.3.2."""
    response = provider.get("/userinfo", {"access_token": access_token})
    assert response.status_code == 401


def test_a_get_with_a_body_is_not_taken(provider: Provider, access_token: str) -> None:
    """RFC 6750 §2.2: the body counts for POST only."""
    response = provider.browser.get("/userinfo", data={"access_token": access_token}, base_url=ISSUER)
    assert response.status_code == 401


def test_a_token_sent_in_two_ways_is_refused(provider: Provider, access_token: str) -> None:
    """RFC 6750 §2."""
    headers = {"Authorization": f"Bearer {access_token}"}
    response = provider.post("/userinfo", {"access_token": access_token}, headers=headers)
    refused(response, "invalid_request", 400)


def test_a_token_sent_twice_is_refused(provider: Provider, access_token: str) -> None:
    response = provider.post("/userinfo", {"access_token": [access_token, access_token]})
    refused(response, "invalid_request", 400)


def test_no_token_gets_a_bare_challenge(provider: Provider) -> None:
    """RFC 6750 §3.1: no error code when nothing was tried. RFC 9449 §7.1: both schemes."""
    response = provider.get("/userinfo")
    assert response.status_code == 401
    assert (
        response.headers["WWW-Authenticate"]
        == 'Bearer realm="lanyard", DPoP realm="lanyard", algs="PS256 ES256 EdDSA"'
    )


def test_an_expired_token_is_refused(provider: Provider, access_token: str) -> None:
    provider.clock.forward(seconds=299)
    assert provider.userinfo(access_token).status_code == 200
    provider.clock.forward(seconds=2)
    refused(provider.userinfo(access_token), "invalid_token", 401)


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "x" * 20_000, "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(provider: Provider, token: str) -> None:
    response = provider.post("/userinfo", {"access_token": token})
    refused(response, "invalid_token", 401)


def test_an_id_token_is_no_access_token(provider: Provider) -> None:
    """RFC 9068 §4: ``typ`` at+jwt; the two must not be confused."""
    provider.sign_in()
    refused(provider.userinfo(provider.tokens()["id_token"]), "invalid_token", 401)


def test_an_altered_token_is_refused(provider: Provider, access_token: str) -> None:
    header, payload, signature = access_token.split(".")
    altered = f"{header}.{payload}.{'A' * 8}{signature[8:]}"
    refused(provider.userinfo(altered), "invalid_token", 401)


def test_a_session_that_ended_at_the_client_ends_the_token_at_once(
    provider: Provider, access_token: str
) -> None:
    with transaction(provider.engine) as session:
        end_client(session, session.exec(select(SessionClient)).one(), provider.now, "access ended")
    refused(provider.userinfo(access_token), "invalid_token", 401)


def test_a_login_session_that_ended_ends_the_token_at_once(provider: Provider, access_token: str) -> None:
    with transaction(provider.engine) as session:
        end(session, session.exec(select(LoginSession)).one().id, provider.now, "Signed out")
    refused(provider.userinfo(access_token), "invalid_token", 401)


def test_access_is_decided_again(provider: Provider, access_token: str) -> None:
    """An unplanned change is felt at once wherever this service is asked."""
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(superseded_at=provider.now))
    provider.clock.forward(seconds=1)
    refused(provider.userinfo(access_token), "invalid_token", 401)


def test_a_disabled_client_learns_nothing_more(provider: Provider, access_token: str) -> None:
    with transaction(provider.engine) as session:
        session.execute(update(Client).values(disabled_at=provider.now))
    provider.clock.forward(seconds=5)
    refused(provider.userinfo(access_token), "invalid_token", 401)


def test_what_is_released_is_logged_once_for_the_session(provider: Provider, access_token: str) -> None:
    for _ in range(3):
        provider.userinfo(access_token)
    with transaction(provider.engine) as session:
        assert len(session.exec(select(Disclosure)).all()) == 1

"""Clients that cannot keep a secret (RFC 6749 §2.1, RFC 9700 §2.1.1)."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients import service as clients
from identity.clients.errors import InvalidClientMetadata
from identity.clients.models import Client, ClientSecret
from identity.clients.service import ClientCredentials
from identity.clients.token_metadata import TokenMetadata
from identity.clients.token_service import change_tokens
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.organisations import INITIATOR
from tests.identity.endpoints.provider import (
    ISSUER,
    REDIRECT_URI,
    SCOPE,
    VERIFIER,
    Provider,
    answer,
    basic,
    refused_token,
)

REFRESHING = TokenMetadata(grant_types=("authorization_code", "refresh_token"))
OFFLINE = f"{SCOPE} offline_access"


@pytest.fixture(autouse=True)
def app(provider: Provider) -> ClientCredentials:
    """A single-page app; its person is signed in, and there is a confidential client beside it."""
    provider.sign_in()
    confidential, public = (
        provider.client,
        provider.another_client(token_endpoint_auth_method="none", tokens=REFRESHING),
    )
    provider.client = public
    return confidential


def post(provider: Provider, path: str = "/token", **parameters: str | None) -> TestResponse:
    """A request of the app, which only says who it is."""
    body = {"client_id": provider.client.client_id, **parameters}
    return provider.post(path, {name: value for name, value in body.items() if value is not None})


def redeem(provider: Provider, code: str, **changes: str | None) -> TestResponse:
    parameters: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    return post(provider, **(parameters | changes))


def tokens(provider: Provider) -> dict[str, Any]:
    response = redeem(provider, provider.code(scope=OFFLINE))
    assert response.status_code == 200, response.text
    return dict(response.json)


def refresh(provider: Provider, refresh_token: str, **changes: str | None) -> TestResponse:
    return post(provider, **{"grant_type": "refresh_token", "refresh_token": refresh_token, **changes})


def test_it_gets_tokens_by_its_id_and_the_verifier(provider: Provider) -> None:
    """RFC 6749 §3.2.1, RFC 7636 §4.5."""
    body = tokens(provider)
    assert {"access_token", "id_token", "refresh_token"} <= set(body)
    assert provider.userinfo(body["access_token"]).json["name"]


def test_its_access_tokens_live_no_longer_than_others(provider: Provider) -> None:
    assert tokens(provider)["expires_in"] == 300


def test_it_has_no_secret(provider: Provider) -> None:
    assert provider.client.client_secret == ""
    with transaction(provider.engine, writes=False) as session:
        kept = select(ClientSecret).where(col(ClientSecret.client_id) == provider.client.client_id)
        assert session.exec(kept).first() is None


def test_it_cannot_send_a_secret_that_it_does_not_have(provider: Provider) -> None:
    refused_token(redeem(provider, provider.code(), client_secret="anything"), "invalid_client", 401)


@pytest.mark.parametrize("secret", ["", "anything"])
def test_a_secret_is_not_its_method(provider: Provider, secret: str) -> None:
    """OpenID Connect Registration §2: a client has only the method that it registered."""
    client_id = provider.client.client_id
    headers = basic(ClientCredentials(client_id, secret))
    refused_token(provider.post("/token", {"grant_type": "x"}, headers=headers), "invalid_client", 401)


def test_a_confidential_client_cannot_do_without_its_secret(
    provider: Provider, app: ClientCredentials
) -> None:
    """PKCE does not stand in for the proof of a client that can give one."""
    provider.client = app
    refused_token(redeem(provider, provider.code()), "invalid_client", 401)


def test_a_client_with_keys_cannot_do_without_an_assertion(provider: Provider) -> None:
    keys = jwks(ClientKey.make())
    provider.client = provider.another_client(token_endpoint_auth_method="private_key_jwt", jwks=keys)
    refused_token(redeem(provider, provider.code()), "invalid_client", 401)


def test_an_unknown_client_is_refused(provider: Provider) -> None:
    refused_token(redeem(provider, "a-code", client_id="unknown"), "invalid_client", 401)


def test_a_request_without_pkce_is_refused(provider: Provider) -> None:
    """RFC 9700 §2.1.1."""
    response = provider.authorize(code_challenge=None, code_challenge_method=None)
    assert answer(response)["error"] == "invalid_request"


def test_pkce_cannot_be_switched_off(provider: Provider) -> None:
    with pytest.raises(InvalidClientMetadata, match="require_pkce: a public client always uses PKCE"):
        provider.another_client(token_endpoint_auth_method="none", require_pkce=False)


def test_a_request_without_pkce_is_refused_even_where_the_registration_forgot_it(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        session.execute(update(Client).values(require_pkce=False))
    response = provider.authorize(code_challenge=None, code_challenge_method=None)
    assert answer(response)["error"] == "invalid_request"


def test_a_code_without_a_challenge_is_worth_nothing_to_a_client_that_became_public(
    provider: Provider,
) -> None:
    client = provider.another_client(require_pkce=False)
    code = provider.code(client_id=client.client_id, code_challenge=None, code_challenge_method=None)
    with transaction(provider.engine) as session:
        changed = update(Client).where(col(Client.client_id) == client.client_id)
        session.execute(changed.values(token_endpoint_auth_method="none"))
    provider.clock.forward(seconds=6)
    refused_token(redeem(provider, code, client_id=client.client_id, code_verifier=None), "invalid_grant")


@pytest.mark.parametrize("verifier", [None, "another-verifier-that-nobody-asked-for-0123456789"])
def test_a_stolen_code_is_worth_nothing_without_the_verifier(
    provider: Provider, verifier: str | None
) -> None:
    """RFC 7636 §1; the code stays good for who has it."""
    code = provider.code()
    refused_token(redeem(provider, code, code_verifier=verifier), "invalid_grant")
    assert redeem(provider, code).status_code == 200


def test_the_code_of_another_client_is_worth_nothing(provider: Provider, app: ClientCredentials) -> None:
    """RFC 9700 §4.5: knowing the id of a public client does not help to spend a confidential one's code."""
    refused_token(redeem(provider, provider.code(client_id=app.client_id)), "invalid_grant")


def test_a_refresh_token_rotates(provider: Provider) -> None:
    """RFC 9700 §4.14.2."""
    first = tokens(provider)["refresh_token"]
    second = refresh(provider, first)
    assert second.status_code == 200
    assert second.json["refresh_token"] != first


@pytest.mark.parametrize("later", [0.0, -0.005])
def test_a_spent_refresh_token_ends_the_family_at_once(provider: Provider, later: float) -> None:
    """No grace: within one, a thief could follow the app from successor to successor unnoticed.

    Neither for a request that began first and came second.
    """
    first = tokens(provider)["refresh_token"]
    provider.clock.forward(seconds=1)
    second = refresh(provider, first).json
    provider.clock.forward(seconds=later)
    refused_token(refresh(provider, first), "invalid_grant")
    refused_token(refresh(provider, second["refresh_token"]), "invalid_grant")
    assert provider.userinfo(second["access_token"]).status_code == 401


def test_a_refresh_token_of_another_client_is_worth_nothing(
    provider: Provider, app: ClientCredentials
) -> None:
    """Nor does the attempt spend it."""
    confidential = provider.another_client(tokens=REFRESHING)
    code = provider.code(client_id=confidential.client_id, scope=OFFLINE)
    token = provider.redeem(code, confidential).json["refresh_token"]
    refused_token(refresh(provider, token), "invalid_grant")
    assert provider.refresh(token, confidential).status_code == 200


def test_client_credentials_are_not_for_it(provider: Provider) -> None:
    """RFC 6749 §4.4."""
    refused_token(post(provider, grant_type="client_credentials"), "unauthorized_client")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (
            TokenMetadata(grant_types=("client_credentials",), service_scopes=("people.read",)),
            "grant_types: a public client has no client credentials",
        ),
        (TokenMetadata(serves=("https://api.example/",)), "serves: a public client cannot introspect"),
    ],
    ids=["client_credentials", "serves"],
)
def test_what_anybody_could_ask_for_in_its_name_is_not_registered(
    provider: Provider, asked: TokenMetadata, field: str
) -> None:
    with pytest.raises(InvalidClientMetadata, match=field):
        provider.another_client(token_endpoint_auth_method="none", tokens=asked)
    with pytest.raises(InvalidClientMetadata, match=field), transaction(provider.engine) as session:
        change_tokens(session, provider.now, INITIATOR, provider.client.client_id, asked)


def test_it_revokes_its_own_tokens_by_its_id(provider: Provider) -> None:
    """RFC 7009 §2.1."""
    body = tokens(provider)
    assert post(provider, "/revoke", token=body["refresh_token"]).status_code == 200
    refused_token(refresh(provider, body["refresh_token"]), "invalid_grant")
    assert provider.userinfo(body["access_token"]).status_code == 401


def test_it_cannot_revoke_the_tokens_of_another_client(provider: Provider, app: ClientCredentials) -> None:
    """RFC 7009 §2.1: the token stays as good as it was."""
    theirs = provider.redeem(provider.code(client_id=app.client_id), app).json["access_token"]
    refused_token(post(provider, "/revoke", token=theirs), "invalid_grant")
    assert provider.userinfo(theirs).status_code == 200


def test_it_cannot_introspect(provider: Provider) -> None:
    """RFC 7662 §2.1: whoever knows its id could ask about every token that they find."""
    token = tokens(provider)["access_token"]
    refused_token(post(provider, "/introspect", token=token), "invalid_client", 401)


def test_it_cannot_push_requests(provider: Provider) -> None:
    """Whoever knows its id could fill the database, and a reference from anybody protects nothing."""
    refused_token(provider.post("/par", provider.request()), "invalid_client", 401)
    with pytest.raises(InvalidClientMetadata, match="require_pushed_authorization_requests"):
        provider.another_client(token_endpoint_auth_method="none", require_pushed_authorization_requests=True)


def test_fapi_is_not_for_it(provider: Provider) -> None:
    """FAPI 2.0 Security Profile §5.3.2.1."""
    with pytest.raises(InvalidClientMetadata, match="token_endpoint_auth_method"):
        provider.another_client(token_endpoint_auth_method="none", profile="fapi2")


@pytest.mark.parametrize(
    "uri", ["http://casework.example/", "http://localhost/", "example.casework:/callback"]
)
def test_a_web_app_returns_to_https_alone(provider: Provider, uri: str) -> None:
    with pytest.raises(InvalidClientMetadata, match="redirect_uris"):
        provider.another_client(token_endpoint_auth_method="none", redirect_uris=[uri])


def test_signing_in_silently_works_where_the_address_is_the_apps_own(provider: Provider) -> None:
    """RFC 8252 §8.6: https is proof enough of who receives the code."""
    assert "code" in answer(provider.authorize(prompt="none"))


def test_a_client_that_becomes_public_loses_its_secret(provider: Provider, app: ClientCredentials) -> None:
    with transaction(provider.engine) as session:
        client = clients.get(session, app.client_id)
        metadata = clients.metadata_of(client)
        public = {"token_endpoint_auth_method": "none"}
        changed = type(metadata)(**(vars(metadata) | public))
        clients.change(session, provider.now, INITIATOR, app.client_id, changed, development=False)
    provider.clock.forward(seconds=6)
    refused_token(provider.redeem("a-code", app), "invalid_client", 401)


def test_discovery_says_where_it_is_heard(provider: Provider) -> None:
    """OpenID Connect Discovery §3, RFC 8414 §2."""
    metadata = provider.get("/.well-known/openid-configuration").json
    assert "none" in metadata["token_endpoint_auth_methods_supported"]
    assert "none" in metadata["revocation_endpoint_auth_methods_supported"]
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]
    assert metadata["issuer"] == ISSUER

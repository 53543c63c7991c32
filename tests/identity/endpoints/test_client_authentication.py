"""Client authentication at the token endpoint (RFC 6749 §2.3, OpenID Connect Core §9)."""

import base64
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.client_secrets import rotate_secret
from tests.factories.organisations import INITIATOR
from tests.identity.endpoints.provider import REDIRECT_URI, VERIFIER, Provider, basic, refused_token


@pytest.fixture(autouse=True)
def _signed_in(provider: Provider) -> None:
    provider.sign_in()


def post_with(provider: Provider, headers: dict[str, str], **credentials: str) -> TestResponse:
    body = {
        "grant_type": "authorization_code",
        "code": provider.code(),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        **credentials,
    }
    return provider.post("/token", body, headers=headers)


def raw_basic(pair: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def test_no_credentials_are_refused_with_a_challenge(provider: Provider) -> None:
    response = post_with(provider, {}, client_id=provider.client.client_id)
    refused_token(response, "invalid_client", 401)
    assert response.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "pair", ["{id}:wrong", "unknown:{secret}", "{id}:", ":", "nocolon", "{id}:ü", "\x00:x"]
)
def test_wrong_basic_credentials_are_refused_with_a_challenge(provider: Provider, pair: str) -> None:
    """RFC 6749 §5.2: 401, with the scheme that was tried."""
    pair = pair.format(id=provider.client.client_id, secret=provider.client.client_secret)
    response = post_with(provider, raw_basic(pair))
    refused_token(response, "invalid_client", 401)
    assert response.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic !!!", "Digest x", "Basic ÿ"])
def test_an_unreadable_authorization_header_is_refused_token(provider: Provider, header: str) -> None:
    refused_token(post_with(provider, {"Authorization": header}), "invalid_client", 401)


def test_the_scheme_is_case_insensitive(provider: Provider) -> None:
    """RFC 9110 §11.1."""
    header = basic(provider.client)["Authorization"].replace("Basic", "bAsIc")
    assert post_with(provider, {"Authorization": header}).status_code == 200


def test_basic_credentials_are_form_encoded_first(provider: Provider) -> None:
    """RFC 6749 §2.3.1."""
    client = provider.another_client(client_id="id:with:colons", client_secret="s%c+r t")
    headers = raw_basic("id%3Awith%3Acolons:s%25c%2Br+t")
    code = provider.code(client_id=client.client_id)
    assert post_with(provider, headers, code=code).status_code == 200


def test_two_methods_at_once_are_refused_token(provider: Provider) -> None:
    """RFC 6749 §2.3: at most one method a request."""
    client = provider.client
    response = post_with(
        provider, basic(client), client_id=client.client_id, client_secret=client.client_secret
    )
    refused_token(response, "invalid_request")


def test_another_client_id_in_the_body_is_refused_token(provider: Provider) -> None:
    response = post_with(provider, basic(provider.client), client_id="another")
    refused_token(response, "invalid_request")


def test_client_secret_post_works_for_a_client_registered_so(provider: Provider) -> None:
    """OpenID Connect Core §9."""
    client = provider.another_client(token_endpoint_auth_method="client_secret_post")
    credentials = {"client_id": client.client_id, "client_secret": client.client_secret}
    code = provider.code(client_id=client.client_id)
    assert post_with(provider, {}, code=code, **credentials).status_code == 200


def test_a_client_has_only_the_method_that_it_registered(provider: Provider) -> None:
    """OpenID Connect Registration §2, token_endpoint_auth_method."""
    client = provider.client
    response = post_with(provider, {}, client_id=client.client_id, client_secret=client.client_secret)
    refused_token(response, "invalid_client", 401)


def test_both_secrets_are_good_while_they_overlap(provider: Provider) -> None:
    """Rotation without downtime; the old one is refused from its end on."""
    old = provider.client
    with transaction(provider.engine) as session:
        new = rotate_secret(
            session, provider.now, INITIATOR, client_id=old.client_id, overlap=timedelta(minutes=5)
        )
    provider.clock.forward(seconds=10)
    for client in (old, new):
        assert post_with(provider, basic(client)).status_code == 200
    provider.clock.forward(minutes=5)
    refused_token(post_with(provider, basic(old)), "invalid_client", 401)
    assert post_with(provider, basic(new)).status_code == 200

"""Resource indicators: each access token is for one resource (RFC 8707, RFC 9068 §3)."""

from typing import Any

import pytest

from identity.clients.token_metadata import TokenMetadata
from tests.identity.endpoints.provider import ISSUER, SCOPE, Provider, answer, basic, refused_token

CASES = "https://api.hmrc.example/cases"
LETTERS = "https://api.hmrc.example/letters"
OTHER = "https://api.dwp.example/"
USERINFO = f"{ISSUER}/userinfo"
OFFLINE = f"{SCOPE} offline_access"


@pytest.fixture(autouse=True)
def asking(provider: Provider) -> None:
    """Somebody is signed in, and the client may ask tokens for two of the three resources."""
    provider.another_client(tokens=TokenMetadata(serves=[CASES, LETTERS, OTHER]))
    provider.client = provider.another_client(tokens=metadata())
    provider.sign_in()


def metadata(access_token_format: str = "jwt") -> TokenMetadata:
    grants = ("authorization_code", "refresh_token")
    return TokenMetadata(grants, access_token_format, resources=[CASES, LETTERS])


def code(provider: Provider, *resources: str) -> str:
    """A code of a request that names these resources."""
    pairs = [*provider.request(scope=OFFLINE).items(), *(("resource", uri) for uri in resources)]
    return answer(provider.get("/authorize", pairs))["code"]


def audience(provider: Provider, access_token: str, expected: str) -> bool:
    return bool(provider.verified(access_token, expected, "ES256")["aud"] == expected)


def test_the_token_is_for_the_resource_that_was_asked_for(provider: Provider) -> None:
    """RFC 8707 §2.1."""
    token = provider.redeem(code(provider, CASES)).json["access_token"]
    assert audience(provider, token, CASES)


def test_a_token_for_a_resource_is_no_good_at_userinfo(provider: Provider) -> None:
    """RFC 9068 §4: whoever holds a token for one resource cannot use it at another."""
    token = provider.redeem(code(provider, CASES)).json["access_token"]
    assert provider.userinfo(token).status_code == 401


def test_without_a_resource_it_is_for_userinfo(provider: Provider) -> None:
    """RFC 8707 §2: a predefined default."""
    token = provider.redeem(code(provider)).json["access_token"]
    assert audience(provider, token, USERINFO)


def test_of_several_the_token_request_names_one(provider: Provider) -> None:
    """RFC 8707 §2.2."""
    token = provider.redeem(code(provider, CASES, LETTERS), resource=LETTERS).json["access_token"]
    assert audience(provider, token, LETTERS)


def test_of_several_without_a_name_it_is_for_userinfo(provider: Provider) -> None:
    token = provider.redeem(code(provider, CASES, LETTERS)).json["access_token"]
    assert audience(provider, token, USERINFO)


def test_userinfo_may_be_named_at_the_token_endpoint(provider: Provider) -> None:
    token = provider.redeem(code(provider, CASES), resource=USERINFO).json["access_token"]
    assert provider.userinfo(token).status_code == 200


def test_a_refresh_may_name_any_that_was_granted(provider: Provider) -> None:
    """RFC 8707 §2.2."""
    tokens = provider.redeem(code(provider, CASES, LETTERS), resource=LETTERS).json
    tokens = provider.refresh(tokens["refresh_token"], resource=CASES).json
    assert audience(provider, tokens["access_token"], CASES)
    tokens = provider.refresh(tokens["refresh_token"], resource=USERINFO).json
    assert audience(provider, tokens["access_token"], USERINFO)


@pytest.mark.parametrize(
    "uri", [OTHER, "https://unknown.example/", "cases", f"{CASES}#part", f"{CASES}/", "\u00fc", USERINFO]
)
def test_an_unknown_resource_is_an_error_at_authorization(provider: Provider, uri: str) -> None:
    """RFC 8707 §2.1: invalid_target, to the client; unknown and forbidden look the same."""
    error = answer(provider.authorize(resource=uri))
    assert error["error"] == "invalid_target"
    assert "code" not in error


def test_one_bad_resource_among_good_ones_is_an_error(provider: Provider) -> None:
    """RFC 8707 §2."""
    pairs = [*provider.request().items(), ("resource", CASES), ("resource", OTHER)]
    assert answer(provider.get("/authorize", pairs))["error"] == "invalid_target"


@pytest.mark.parametrize("uri", [LETTERS, OTHER, "https://unknown.example/", f"{ISSUER}/api/v1"])
def test_what_was_not_granted_is_an_error_at_the_token_endpoint(provider: Provider, uri: str) -> None:
    """RFC 8707 §2.2: only what was granted; the code stays good."""
    granted = code(provider, CASES)
    refused_token(provider.redeem(granted, resource=uri), "invalid_target")
    assert provider.redeem(granted).status_code == 200


def test_what_was_not_granted_is_an_error_at_a_refresh(provider: Provider) -> None:
    """RFC 8707 §2.2; the refresh token stays good."""
    token = provider.redeem(code(provider, CASES)).json["refresh_token"]
    refused_token(provider.refresh(token, resource=LETTERS), "invalid_target")
    assert provider.refresh(token).status_code == 200


def test_a_token_is_for_one_resource_only(provider: Provider) -> None:
    """RFC 9700 §2.3: else each of them could use it at the other."""
    body: dict[str, Any] = {
        "grant_type": "refresh_token",
        "refresh_token": provider.redeem(code(provider, CASES, LETTERS)).json["refresh_token"],
        "resource": [CASES, LETTERS],
    }
    refused_token(provider.post("/token", body, headers=basic(provider.client)), "invalid_target")


def test_the_same_resource_twice_is_one(provider: Provider) -> None:
    """RFC 8707 §2: the parameter may be repeated."""
    token = provider.redeem(code(provider, CASES, CASES)).json["access_token"]
    assert audience(provider, token, CASES)


def test_an_opaque_token_is_good_at_userinfo(provider: Provider) -> None:
    """Its hash is kept, and it says nothing by itself."""
    provider.client = provider.another_client(tokens=metadata("opaque"))
    token = provider.redeem(code(provider)).json["access_token"]
    assert len(token) == 43
    assert provider.userinfo(token).json["name"] == "Priya Patel"
    provider.clock.forward(seconds=300)
    assert provider.userinfo(token).status_code == 401


def test_an_opaque_token_for_a_resource_is_no_good_at_userinfo(provider: Provider) -> None:
    """RFC 8707 §3."""
    provider.client = provider.another_client(tokens=metadata("opaque"))
    token = provider.redeem(code(provider, CASES)).json["access_token"]
    assert provider.userinfo(token).status_code == 401

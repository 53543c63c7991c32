"""Token substitution: what was given for one purpose, or to one client, serves no other."""

from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from identity.clients.service import ClientCredentials
from identity.clients.token_metadata import TokenMetadata
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, VERIFIER, Provider, answer, basic

REFRESHING = TokenMetadata(grant_types=("authorization_code", "refresh_token"))
SCOPE = "openid offline_access"


@dataclass(frozen=True)
class Given:
    """One of each, as a client gets them in one sign-in, and a second code."""

    client: ClientCredentials
    values: dict[str, str]


@pytest.fixture
def given(provider: Provider) -> Given:
    client = provider.another_client(tokens=REFRESHING)
    provider.sign_in()
    asked = {"client_id": client.client_id, "scope": SCOPE}
    tokens: dict[str, Any] = provider.redeem(provider.code(**asked), client).json
    pushed = provider.post("/par", provider.request(**asked), headers=basic(client)).json
    values = {name: tokens[name] for name in ("access_token", "id_token", "refresh_token")}
    values |= {"code": provider.code(**asked), "request_uri": pushed["request_uri"]}
    values["client_secret"] = client.client_secret
    return Given(client, values)


def at_userinfo(provider: Provider, _given: Given, value: str) -> TestResponse:
    return provider.userinfo(value)


def as_code(provider: Provider, given: Given, value: str) -> TestResponse:
    return provider.redeem(value, given.client)


def as_refresh_token(provider: Provider, given: Given, value: str) -> TestResponse:
    return provider.refresh(value, given.client)


def as_hint(provider: Provider, given: Given, value: str) -> TestResponse:
    """An error, or the code that a good hint gives."""
    asked = provider.request(client_id=given.client.client_id, prompt="none", id_token_hint=value)
    return provider.get("/authorize", asked)


def as_reference(provider: Provider, given: Given, value: str) -> TestResponse:
    return provider.get("/authorize", {"client_id": given.client.client_id, "request_uri": value})


def as_request_object(provider: Provider, given: Given, value: str) -> TestResponse:
    asked = {"client_id": given.client.client_id, "request": value, "redirect_uri": REDIRECT_URI}
    return provider.get("/authorize", asked)


def as_assertion(provider: Provider, _given: Given, value: str) -> TestResponse:
    body = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    return provider.post("/introspect", {**body, "client_assertion": value, "token": "x"})


def as_secret(provider: Provider, given: Given, value: str) -> TestResponse:
    client = ClientCredentials(given.client.client_id, value)
    return provider.post("/introspect", {"token": "x"}, headers=basic(client))


def at_registration(provider: Provider, given: Given, value: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {value}"}
    path = f"/register/{given.client.client_id}"
    return provider.browser.get(path, headers=headers, base_url=ISSUER)


PLACES = {
    "access_token": at_userinfo,
    "code": as_code,
    "refresh_token": as_refresh_token,
    "id_token": as_hint,
    "request_uri": as_reference,
    "client_secret": as_secret,
    "request": as_request_object,
    "client_assertion": as_assertion,
    "registration_access_token": at_registration,
}


def accepted(response: TestResponse) -> bool:
    return response.status_code == 200 or "code=" in response.headers.get("Location", "")


@pytest.mark.parametrize("place", list(PLACES))
def test_each_place_takes_its_own_kind_and_no_other(provider: Provider, given: Given, place: str) -> None:
    """RFC 8725 §3.11 and §3.12; the right kind comes last, and still works."""
    for kind, value in sorted(given.values.items(), key=lambda one: one[0] == place):
        assert accepted(PLACES[place](provider, given, value)) == (kind == place), kind


@pytest.mark.parametrize("place", ["code", "refresh_token", "id_token", "request_uri", "client_secret"])
def test_another_client_gains_nothing(provider: Provider, given: Given, place: str) -> None:
    """What was given to one client, in the hands of another that proves itself well."""
    other = Given(provider.another_client(tokens=REFRESHING), given.values)
    assert not accepted(PLACES[place](provider, other, given.values[place]))
    assert accepted(PLACES[place](provider, given, given.values[place]))


def test_a_stolen_code_does_not_fit_into_another_sign_in(provider: Provider, given: Given) -> None:
    """Code injection (RFC 9700 §4.5): the app redeems it with the verifier of the attacker's own visit."""
    refused = provider.redeem(given.values["code"], given.client, code_verifier="the-attackers-own-visit" * 2)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")
    assert provider.redeem(given.values["code"], given.client, code_verifier=VERIFIER).status_code == 200


def test_a_stolen_code_has_the_nonce_of_its_own_sign_in(provider: Provider) -> None:
    """Code injection at a client without PKCE: its nonce tells it (OpenID Connect Core §3.1.3.7)."""
    client = provider.another_client(require_pkce=False)
    provider.sign_in()
    asked = {"client_id": client.client_id, "code_challenge": None, "code_challenge_method": None}
    code = provider.code(**asked, nonce="of the victim")
    tokens = provider.redeem(code, client, code_verifier=None).json
    assert provider.verified(tokens["id_token"], client.client_id)["nonce"] == "of the victim"


def test_every_answer_says_who_gave_it(provider: Provider) -> None:
    """Mix-up (RFC 9207 §2.4): the client compares ``iss``, in answers with a code and with an error."""
    assert answer(provider.authorize(prompt="none"))["iss"] == ISSUER
    provider.sign_in()
    assert answer(provider.authorize())["iss"] == ISSUER
    assert answer(provider.authorize(scope="email"))["iss"] == ISSUER
    page = provider.authorize(response_mode="form_post")
    assert f'name="iss" value="{ISSUER}"' in page.text


@pytest.mark.parametrize(
    ("changes", "verifier"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, None),
        ({"code_challenge_method": "plain"}, VERIFIER),
        ({"code_challenge_method": None}, VERIFIER),
        ({"code_challenge_method": "s256"}, VERIFIER),
        ({"code_challenge": ""}, None),
        ({"code_challenge": "short"}, "short"),
    ],
    ids=str,
)
def test_pkce_is_not_talked_down(
    provider: Provider, changes: dict[str, str | None], verifier: str | None
) -> None:
    """PKCE downgrade (RFC 9700 §4.8): who strips or weakens the challenge gets no code."""
    provider.sign_in()
    assert answer(provider.authorize(**changes))["error"] == "invalid_request", verifier

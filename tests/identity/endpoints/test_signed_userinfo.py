"""Userinfo as a signed JWT, and the one ``sub`` of clients with public subjects (Core §5.3.2 and §8)."""

import pytest
from jose import jwt

from tests.identity.endpoints.provider import ISSUER, Provider, answer


@pytest.fixture(autouse=True)
def somebody_is_signed_in(provider: Provider) -> None:
    provider.sign_in()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_client_that_asks_for_it_gets_userinfo_signed(provider: Provider, algorithm: str) -> None:
    """§5.3.2: application/jwt, with iss and aud."""
    client = provider.another_client(userinfo_signed_response_alg=algorithm)
    tokens = provider.redeem(provider.code(client_id=client.client_id), client).json
    response = provider.userinfo(tokens["access_token"])
    assert response.status_code == 200
    assert response.mimetype == "application/jwt"
    assert response.headers["Cache-Control"] == "no-store"
    claims = provider.verified(response.text, client.client_id, algorithm)
    assert (claims["iss"], claims["aud"]) == (ISSUER, client.client_id)
    assert claims["sub"] == jwt.get_unverified_claims(tokens["id_token"])["sub"]
    assert claims["name"] == "Priya Patel"


def test_it_is_no_id_token(provider: Provider) -> None:
    """RFC 8725 §3.12: as a hint it is refused, although the key and the audience are right."""
    client = provider.another_client(userinfo_signed_response_alg="RS256")
    token = provider.redeem(provider.code(client_id=client.client_id), client).json["access_token"]
    hint = provider.userinfo(token).text
    refused = answer(provider.authorize(client_id=client.client_id, id_token_hint=hint))
    assert refused["error"] == "invalid_request"


def test_errors_stay_as_they_are(provider: Provider) -> None:
    """RFC 6750 §3."""
    assert provider.userinfo("nonsense").status_code == 401


def test_clients_with_public_subjects_know_a_person_by_one_sub(provider: Provider) -> None:
    """§8: public; a pairwise client's differs from it."""
    subs = {}
    for host in ("one.example", "two.example"):
        uri = f"https://{host}/cb"
        client = provider.another_client(redirect_uris=[uri], subject_type="public")
        code = answer(provider.authorize(client_id=client.client_id, redirect_uri=uri), uri)["code"]
        token = provider.redeem(code, client, redirect_uri=uri).json["id_token"]
        subs[host] = provider.verified(token, client.client_id)["sub"]
    assert subs["one.example"] == subs["two.example"]
    assert provider.id_token_claims()["sub"] != subs["one.example"]

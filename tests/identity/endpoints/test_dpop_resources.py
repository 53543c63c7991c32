"""Tokens that are bound to a key, where they are used (RFC 9449 §6 and §7); checklist 25."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from identity.clients.token_metadata import TokenMetadata
from identity.dpop.models import SpentProof
from identity.dpop.nonces import WINDOW
from tests.factories.client_keys import ClientKey
from tests.identity.endpoints.prover import Prover
from tests.identity.endpoints.provider import ISSUER, Provider

FORMATS = pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])


@pytest.fixture
def access_token_format() -> str:
    return "jwt"


@pytest.fixture
def prover(provider: Provider, access_token_format: str) -> Prover:
    provider.sign_in()
    tokens = TokenMetadata(access_token_format=access_token_format)
    return Prover(provider, provider.another_client(tokens=tokens))


def refused(response: TestResponse, error: str, scheme: str = "DPoP") -> None:
    """401, and the challenge of the scheme that was used names the error (RFC 9449 §7.1, RFC 6750 §3)."""
    assert response.status_code == 401, response.text
    challenge = response.headers["WWW-Authenticate"]
    assert re.match(rf'{scheme} realm="lanyard".* error="{error}"', challenge), challenge
    assert 'DPoP realm="lanyard", algs="PS256 ES256 EdDSA"' in challenge
    assert response.json["error"] == error


@FORMATS
def test_it_is_good_with_a_proof_of_its_key(prover: Prover) -> None:
    """RFC 9449 §7.1; an opaque token keeps the key in its row."""
    response = prover.userinfo(prover.tokens()["access_token"])
    assert response.status_code == 200, response.text
    assert response.json["name"]


@pytest.mark.parametrize("scheme", ["dpop", "DPOP", "dPoP"])
def test_the_scheme_may_be_written_anyhow(prover: Prover, scheme: str) -> None:
    """RFC 9110 §11.1; checklist 25."""
    assert prover.userinfo(prover.tokens()["access_token"], scheme).status_code == 200


def test_it_may_be_posted(prover: Prover) -> None:
    """OpenID Connect Core §5.3.1: userinfo by GET and POST; ``htm`` says which."""
    token = prover.tokens()["access_token"]
    assert prover.userinfo(token, method="POST").status_code == 200
    refused(prover.userinfo(token, method="POST", htm="GET"), "invalid_dpop_proof")


@FORMATS
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_it_is_refused_under_bearer(prover: Prover, scheme: str) -> None:
    """RFC 9449 §7.2: with a proof beside it or without."""
    token = prover.tokens()["access_token"]
    refused(prover.userinfo(token, scheme), "invalid_token", "Bearer")
    refused(prover.userinfo(token, scheme, DPoP=None), "invalid_token", "Bearer")


def test_it_is_refused_in_the_body(prover: Prover) -> None:
    """RFC 9449 §7.1: only the header; RFC 6750 §2.2 is for bearer tokens."""
    token = prover.tokens()["access_token"]
    headers = {"DPoP": prover.proof("/userinfo", access_token=token)}
    response = prover.provider.post("/userinfo", {"access_token": token}, headers=headers)
    refused(response, "invalid_token", "Bearer")


@FORMATS
def test_a_bearer_token_is_refused_under_dpop(prover: Prover) -> None:
    """RFC 9449 §7.1: it has no key that the proof could be of."""
    token = prover.redeem(prover.code(), DPoP=None).json["access_token"]
    refused(prover.userinfo(token), "invalid_token")


@FORMATS
def test_another_key_is_refused(prover: Prover) -> None:
    """RFC 9449 §7.1; checklist 25."""
    thief = replace(prover, key=ClientKey.make())
    refused(thief.userinfo(prover.tokens()["access_token"]), "invalid_token")


def test_without_a_proof_it_is_refused(prover: Prover) -> None:
    """RFC 9449 §7.1; checklist 25. The answer brings a nonce."""
    response = prover.userinfo(prover.tokens()["access_token"], DPoP=None)
    refused(response, "invalid_dpop_proof")
    assert response.headers["DPoP-Nonce"]


@pytest.mark.parametrize(
    "changes",
    [
        *({"ath": None}, {"ath": "A" * 43}, {"htu": f"{ISSUER}/token"}),
        *({"htm": "POST"}, {"iat": 1}, {"header": {"typ": "JWT"}}, {"header": {"alg": "none"}}),
    ],
    ids=range(7),
)
def test_a_proof_that_does_not_hold_is_refused(prover: Prover, changes: dict[str, Any]) -> None:
    """RFC 9449 §4.3 and §7.1: ``ath`` binds it to this token."""
    refused(prover.userinfo(prover.tokens()["access_token"], **changes), "invalid_dpop_proof")


def test_a_proof_counts_once(prover: Prover) -> None:
    """RFC 9449 §11.1, also after a refusal."""
    token = prover.tokens()["access_token"]
    unverified = prover.proof("/userinfo", "GET", access_token=token)
    assert prover.userinfo(token, DPoP=unverified).status_code == 200
    refused(prover.userinfo(token, DPoP=unverified), "invalid_dpop_proof")


def spent(prover: Prover) -> int:
    with Session(prover.provider.engine) as session:
        return len(session.exec(select(SpentProof)).all())


def test_who_has_no_token_for_the_key_spends_nothing(prover: Prover) -> None:
    """Anybody can make proofs: nobody fills the table of spent ones who is nobody's client."""
    token = prover.tokens()["access_token"]
    before = spent(prover)
    refused(prover.userinfo("garbage"), "invalid_token")
    refused(replace(prover, key=ClientKey.make()).userinfo(token), "invalid_token")
    refused(prover.userinfo(token, nonce="of-somebody-else"), "use_dpop_nonce")
    assert spent(prover) == before
    assert prover.userinfo(token).status_code == 200
    assert spent(prover) == before + 1


def test_two_headers_are_refused(prover: Prover) -> None:
    """RFC 9449 §4.3 (1)."""
    token = prover.tokens()["access_token"]
    proofs = [("DPoP", prover.proof("/userinfo", "GET", access_token=token)) for _ in range(2)]
    headers = [("Authorization", f"DPoP {token}"), *proofs]
    refused(prover.provider.browser.get("/userinfo", headers=headers, base_url=ISSUER), "invalid_dpop_proof")


def test_an_old_nonce_is_refused_with_the_one_to_use(prover: Prover) -> None:
    """RFC 9449 §9: 401 with ``use_dpop_nonce``."""
    token = prover.tokens()["access_token"]
    nonce = prover.userinfo(token).headers["DPoP-Nonce"]
    prover.provider.clock.forward(seconds=3 * WINDOW.total_seconds())
    stale = prover.userinfo(token, nonce=nonce)
    refused(stale, "use_dpop_nonce")
    assert prover.userinfo(token, nonce=stale.headers["DPoP-Nonce"]).status_code == 200


def test_a_single_page_app_may_read_which_nonce_to_use(prover: Prover) -> None:
    """RFC 9449 §9.1: it tries again by itself, so it must hear of the refusal."""
    app = replace(prover, client=prover.provider.another_client(token_endpoint_auth_method="none"))
    token = app.tokens()["access_token"]
    headers = {
        "Authorization": f"DPoP {token}",
        "DPoP": app.proof("/userinfo", "GET", access_token=token, nonce="old"),
        "Origin": "https://casework.example",
    }
    response = app.provider.browser.get("/userinfo", headers=headers, base_url=ISSUER)
    refused(response, "use_dpop_nonce")
    assert response.headers["Access-Control-Allow-Origin"] == "https://casework.example"
    assert "DPoP-Nonce" in response.headers["Access-Control-Expose-Headers"]


def test_a_token_that_is_none_is_refused_under_either_scheme(prover: Prover) -> None:
    """RFC 6750 §3.1."""
    refused(prover.userinfo("nobody-issued-it"), "invalid_token")
    refused(prover.userinfo("nobody-issued-it", "Bearer"), "invalid_token", "Bearer")


@FORMATS
def test_introspection_tells_of_the_key(prover: Prover) -> None:
    """RFC 9449 §6.2: ``cnf`` and ``token_type``, so that a resource can check the proof."""
    told = prover.provider.ask_about("/introspect", prover.tokens()["access_token"], prover.client).json
    assert told["cnf"] == {"jkt": prover.jkt}
    assert told["token_type"] == "DPoP"


def test_introspection_of_a_bearer_token_is_as_before(prover: Prover) -> None:
    token = prover.redeem(prover.code(), DPoP=None).json["access_token"]
    told = prover.provider.ask_about("/introspect", token, prover.client).json
    assert told["token_type"] == "Bearer"
    assert "cnf" not in told

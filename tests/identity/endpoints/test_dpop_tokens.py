"""Tokens that are bound to a key, at the token endpoint (RFC 9449 §5, §8, §10); checklist 24 and 25."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from jose import jwt
from sqlmodel import Session, select

from identity.clients.token_metadata import TokenMetadata
from identity.context import EXTENSION, install
from identity.dpop.models import SpentProof
from identity.dpop.nonces import WINDOW
from tests.factories.client_keys import ClientKey
from tests.identity.endpoints.prover import REFRESHING, Prover
from tests.identity.endpoints.provider import ISSUER, SCOPE, Provider, answer, refused_token

OFFLINE = f"{SCOPE} offline_access"


@pytest.fixture
def prover(provider: Provider) -> Prover:
    """A client that may refresh and that may prove a key; the person is signed in."""
    provider.sign_in()
    return Prover(provider, provider.another_client(tokens=REFRESHING))


def with_changed_settings(provider: Provider, **changes: Any) -> None:
    context = provider.app.extensions[EXTENSION]
    install(provider.app, replace(context, settings=replace(context.settings, **changes)))


def test_a_code_gives_a_token_of_the_key(prover: Prover) -> None:
    """RFC 9449 §5 and §6.1: ``token_type`` DPoP, and ``cnf`` in the token names the key."""
    tokens = prover.tokens()
    assert tokens["token_type"] == "DPoP"
    claims = prover.provider.verified(tokens["access_token"], f"{ISSUER}/userinfo", "ES256")
    assert claims["cnf"] == {"jkt": prover.jkt}
    assert "cnf" not in jwt.get_unverified_claims(tokens["id_token"])


def test_without_a_proof_it_is_a_bearer_token(prover: Prover) -> None:
    """RFC 9449 §5: the client chooses, unless it was registered otherwise."""
    response = prover.redeem(prover.code(), DPoP=None)
    assert response.json["token_type"] == "Bearer"
    assert "cnf" not in jwt.get_unverified_claims(response.json["access_token"])
    assert "DPoP-Nonce" not in response.headers


def test_so_does_a_refresh_token(prover: Prover) -> None:
    """RFC 9449 §5. A client that has a secret may take another key: its secret is what binds the token."""
    refresh_token = prover.tokens(scope=OFFLINE)["refresh_token"]
    other = replace(prover, key=ClientKey.make("EdDSA"))
    refreshed = other.refresh(refresh_token).json
    assert refreshed["token_type"] == "DPoP"
    assert jwt.get_unverified_claims(refreshed["access_token"])["cnf"] == {"jkt": other.jkt}


def test_so_do_client_credentials(provider: Provider) -> None:
    """RFC 9449 §5: every grant."""
    service = TokenMetadata(grant_types=("client_credentials",), service_scopes=("people.read",))
    prover = Prover(provider, provider.another_client(tokens=service))
    answered = prover.post("/token", {"grant_type": "client_credentials"}).json
    assert answered["token_type"] == "DPoP"
    assert jwt.get_unverified_claims(answered["access_token"])["cnf"] == {"jkt": prover.jkt}


def test_a_refresh_token_of_a_public_client_keeps_to_its_key(prover: Prover) -> None:
    """RFC 9449 §5: through every rotation, because nothing else binds it. The wrong key spends nothing."""
    public = prover.provider.another_client(token_endpoint_auth_method="none", tokens=REFRESHING)
    app = replace(prover, client=public)
    refresh_token = app.tokens(scope=OFFLINE)["refresh_token"]
    for _ in range(2):
        refused_token(replace(app, key=ClientKey.make()).refresh(refresh_token), "invalid_grant")
        refused_token(app.refresh(refresh_token, DPoP=None), "invalid_dpop_proof")
        refresh_token = app.refresh(refresh_token).json["refresh_token"]


@pytest.mark.parametrize(
    "changes",
    [
        *({"htm": "GET"}, {"htu": f"{ISSUER}/userinfo"}, {"iat": 1}, {"jti": None}),
        *({"header": {"typ": "JWT"}}, {"header": {"alg": "RS256"}}, {"DPoP": ""}, {"DPoP": "a.b.c"}),
    ],
    ids=range(8),
)
def test_a_proof_that_does_not_hold_is_refused(prover: Prover, changes: dict[str, Any]) -> None:
    """RFC 9449 §5; the code is not spent by it."""
    code = prover.code()
    response = prover.redeem(code, **changes)
    refused_token(response, "invalid_dpop_proof")
    assert response.headers["DPoP-Nonce"]
    assert prover.redeem(code).status_code == 200


def test_two_headers_are_refused(prover: Prover) -> None:
    """RFC 9449 §4.3 (1)."""
    client = prover.provider.another_client(token_endpoint_auth_method="none")
    headers = [("DPoP", prover.proof("/token")), ("DPoP", prover.proof("/token"))]
    body = {"grant_type": "authorization_code", "client_id": client.client_id}
    refused_token(prover.provider.post("/token", body, headers=headers), "invalid_dpop_proof")


def test_the_address_is_that_of_the_provider(prover: Prover) -> None:
    """RFC 9449 §4.3 (9): query and fragment do not count, nor how host and port are written."""
    for htu in ("https://ID.example:443/token", f"{ISSUER}/token?a=b#c"):
        assert prover.redeem(prover.code(), htu=htu).status_code == 200


def test_a_proof_counts_once(prover: Prover) -> None:
    """RFC 9449 §11.1; checklist 25."""
    unverified = prover.proof("/token")
    assert prover.redeem(prover.code(), DPoP=unverified).status_code == 200
    refused_token(prover.redeem(prover.code(), DPoP=unverified), "invalid_dpop_proof")


def test_it_stays_spent_when_the_request_is_refused(prover: Prover) -> None:
    """DESIGN: what must survive a refusal has a transaction of its own."""
    unverified = prover.proof("/token")
    refused_token(prover.redeem("unknown", DPoP=unverified), "invalid_grant")
    refused_token(prover.redeem(prover.code(), DPoP=unverified), "invalid_dpop_proof")


def test_who_does_not_prove_itself_spends_nothing(prover: Prover) -> None:
    """Nobody fills the table of spent proofs who has no client."""
    stranger = replace(prover, client=replace(prover.client, client_secret="wrong"))
    refused_token(stranger.redeem("code"), "invalid_client", 401)
    with Session(prover.provider.engine) as session:
        assert session.exec(select(SpentProof)).all() == []


def test_a_proof_without_a_good_nonce_is_not_spent(prover: Prover) -> None:
    refused_token(prover.redeem("code", nonce="of-somebody-else"), "use_dpop_nonce")
    refused_token(prover.push({}, nonce="of-somebody-else"), "use_dpop_nonce")
    with Session(prover.provider.engine) as session:
        assert session.exec(select(SpentProof)).all() == []


def test_of_many_uses_at_once_one_counts(provider: Provider) -> None:
    """RFC 9449 §11.1: spent by one unique INSERT."""
    service = TokenMetadata(grant_types=("client_credentials",), service_scopes=("people.read",))
    prover = Prover(provider, provider.another_client(tokens=service))
    unverified = prover.proof("/token")
    provers = [replace(prover, provider=provider) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        asked = threads.map(
            lambda one: one.post("/token", {"grant_type": "client_credentials"}, DPoP=unverified), provers
        )
        assert sorted(response.status_code for response in asked) == [200] + [400] * 7


def test_a_client_that_is_bound_to_it_gets_no_bearer_token(provider: Provider) -> None:
    """RFC 9449 §5.2; checklist 25."""
    provider.sign_in()
    prover = Prover(provider, provider.another_client(dpop_bound_access_tokens=True))
    code = prover.code()
    refused_token(prover.redeem(code, DPoP=None), "invalid_dpop_proof")
    assert prover.redeem(code).json["token_type"] == "DPoP"


def test_a_code_is_good_with_the_key_that_was_named(prover: Prover) -> None:
    """RFC 9449 §10; checklist 24. Neither another key nor none spends it."""
    code = prover.code(dpop_jkt=prover.jkt)
    refused_token(replace(prover, key=ClientKey.make()).redeem(code), "invalid_grant")
    refused_token(prover.redeem(code, DPoP=None), "invalid_dpop_proof")
    assert prover.redeem(code).status_code == 200


@pytest.mark.parametrize("dpop_jkt", ["short", "A" * 42, "A" * 44, "A" * 42 + "=", "\u00fc" * 43])
def test_a_thumbprint_that_is_none_is_refused(prover: Prover, dpop_jkt: str) -> None:
    """RFC 9449 §10: the base64url of a SHA-256."""
    refused = answer(prover.provider.authorize(client_id=prover.client.client_id, dpop_jkt=dpop_jkt))
    assert refused["error"] == "invalid_request"


def pushed_code(prover: Prover, **changes: Any) -> str:
    """A code that came of a pushed request with a proof; ``dpop_jkt`` goes into the request."""
    response = prover.push({"dpop_jkt": changes.pop("dpop_jkt", None)}, **changes)
    assert response.status_code == 201, response.text
    query = {"client_id": prover.client.client_id, "request_uri": response.json["request_uri"]}
    return answer(prover.provider.get("/authorize", query))["code"]


@pytest.mark.parametrize("named", [False, True])
def test_a_proof_at_par_binds_the_code(prover: Prover, named: bool) -> None:
    """RFC 9449 §10.1: as if ``dpop_jkt`` had been sent, and together with it."""
    code = pushed_code(prover, dpop_jkt=prover.jkt if named else None)
    refused_token(replace(prover, key=ClientKey.make()).redeem(code), "invalid_grant")
    assert prover.redeem(code).status_code == 200


def test_a_pushed_thumbprint_binds_the_code_without_a_proof(prover: Prover) -> None:
    """RFC 9449 §10.1."""
    code = pushed_code(prover, dpop_jkt=prover.jkt, DPoP=None)
    refused_token(replace(prover, key=ClientKey.make()).redeem(code), "invalid_grant")


def test_two_keys_cannot_be_pushed(prover: Prover) -> None:
    """RFC 9449 §10.1: the proof's and the named one must be the same."""
    refused_token(prover.push({"dpop_jkt": "A" * 43}), "invalid_request")


def test_a_proof_at_par_is_checked(prover: Prover) -> None:
    """RFC 9449 §10.1: it is for this address, and counts once."""
    refused_token(prover.push({}, htu=f"{ISSUER}/token"), "invalid_dpop_proof")
    unverified = prover.proof("/par")
    assert prover.push({}, DPoP=unverified).status_code == 201
    refused_token(prover.push({}, DPoP=unverified), "invalid_dpop_proof")


def test_every_answer_to_a_proof_brings_a_nonce(prover: Prover) -> None:
    """RFC 9449 §8.2: the client may use it from then on."""
    response = prover.redeem(prover.code())
    nonce = response.headers["DPoP-Nonce"]
    assert prover.redeem(prover.code(), nonce=nonce).status_code == 200


def test_a_nonce_that_is_not_ours_or_old_is_refused(prover: Prover) -> None:
    """RFC 9449 §8: 400, and the answer brings the one to use."""
    code = prover.code()
    first = prover.redeem(code, nonce="of-somebody-else")
    refused_token(first, "use_dpop_nonce")
    prover.provider.clock.forward(seconds=3 * WINDOW.total_seconds())
    code = prover.code()
    again = prover.redeem(code, nonce=first.headers["DPoP-Nonce"])
    refused_token(again, "use_dpop_nonce")
    assert prover.redeem(code, nonce=again.headers["DPoP-Nonce"]).status_code == 200


@pytest.mark.parametrize("path", ["/token", "/par"])
def test_where_the_settings_say_so_every_proof_needs_one(prover: Prover, path: str) -> None:
    """RFC 9449 §8; ADR 15."""
    with_changed_settings(prover.provider, dpop_nonce_required=True)

    def ask(**changes: Any) -> Any:
        return prover.redeem(prover.code(), **changes) if path == "/token" else prover.push({}, **changes)

    refused = ask()
    refused_token(refused, "use_dpop_nonce")
    assert ask(nonce=refused.headers["DPoP-Nonce"]).status_code in {200, 201}


def test_the_provider_says_which_algorithms_it_takes(provider: Provider) -> None:
    """RFC 9449 §5.1."""
    document = provider.get("/.well-known/openid-configuration").json
    assert document["dpop_signing_alg_values_supported"] == ["PS256", "ES256", "EdDSA"]

"""Client authentication by assertion (RFC 7523 §2.2 and §3, OpenID Connect Core §9); checklist 14 and 23."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.assertions import forget_expired
from identity.clients.models import SpentAssertion
from tests.factories.client_keys import ASSERTION_TYPE, ClientKey, claims, jwks
from tests.identity.endpoints.provider import ISSUER, Provider, basic, refused_token

KEYS = {name: ClientKey.make(name, f"key-{name}") for name in ("RS256", "PS256", "ES256", "EdDSA")}
KEY = KEYS["ES256"]
TOKEN_ENDPOINT = f"{ISSUER}/token"


def register(provider: Provider, *keys: ClientKey, **metadata: Any) -> str:
    client = provider.another_client(
        token_endpoint_auth_method="private_key_jwt", jwks=jwks(*(keys or (KEY,))), **metadata
    )
    assert client.client_secret == ""
    return client.client_id


def post(provider: Provider, assertion: str, **changes: str | None) -> TestResponse:
    """Ask for tokens with a code that nobody was given: what passes authentication is ``invalid_grant``."""
    body = {
        "grant_type": "authorization_code",
        "code": "unknown",
        "redirect_uri": "https://casework.example/callback",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **changes,
    }
    return provider.post("/token", {name: value for name, value in body.items() if value is not None})


def authenticated(response: TestResponse, profile: str = "oidc") -> None:
    """The next thing that is wrong: the code, and before it that a fapi2 client proves no key."""
    refused_token(response, "invalid_grant" if profile == "oidc" else "invalid_dpop_proof")


def refused(response: TestResponse) -> None:
    refused_token(response, "invalid_client", 401)


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_every_algorithm_works(provider: Provider, algorithm: str) -> None:
    """OpenID Connect Core §9; RFC 7518 §3.1, RFC 8037 §3.1."""
    client_id = register(provider, *KEYS.values(), token_endpoint_auth_signing_alg=algorithm)
    authenticated(post(provider, KEYS[algorithm].sign(claims(client_id, ISSUER, provider.now))))


def test_a_code_is_redeemed_by_assertion(provider: Provider) -> None:
    """RFC 7523 §2.2."""
    client_id = register(provider)
    provider.sign_in()
    code = provider.code(client_id=client_id)
    verifier = "the-verifier-that-only-this-client-knows-0123456789"
    response = post(
        provider, KEY.sign(claims(client_id, ISSUER, provider.now)), code=code, code_verifier=verifier
    )
    assert response.status_code == 200, response.text
    assert provider.verified(response.json["id_token"], client_id)["aud"] == client_id


@pytest.mark.parametrize("audience", [ISSUER, TOKEN_ENDPOINT, f"{ISSUER}/par"])
def test_the_audience_is_the_issuer_or_one_of_two_endpoints(provider: Provider, audience: str) -> None:
    """RFC 7523 §3 (3), OpenID Connect Core §9, RFC 9126 §2; ADR 10."""
    client_id = register(provider)
    authenticated(post(provider, KEY.sign(claims(client_id, audience, provider.now))))


@pytest.mark.parametrize(
    "audience",
    [
        [ISSUER],
        [ISSUER, TOKEN_ENDPOINT],
        f"{ISSUER}/",
        f"{ISSUER}/authorize",
        "https://other.example",
        1,
        {},
        "",
    ],
)
def test_another_audience_or_an_array_is_refused(provider: Provider, audience: Any) -> None:
    """ADR 10: an assertion that is good at two servers lets one use it at the other."""
    client_id = register(provider)
    refused(post(provider, KEY.sign(claims(client_id, audience, provider.now))))


@pytest.mark.parametrize("audience", [TOKEN_ENDPOINT, [ISSUER], f"{ISSUER}/par"])
def test_fapi2_accepts_the_issuer_alone(provider: Provider, audience: Any) -> None:
    """FAPI 2.0 Security Profile §5.3.2.1; checklist 23."""
    client_id = register(provider, profile="fapi2", id_token_signed_response_alg="PS256")
    refused(post(provider, KEY.sign(claims(client_id, audience, provider.now))))
    authenticated(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now))), "fapi2")


def test_fapi2_refuses_rs256(provider: Provider) -> None:
    """FAPI 2.0 Security Profile §5.4.1; checklist 23."""
    client_id = register(provider, *KEYS.values(), profile="fapi2", id_token_signed_response_alg="PS256")
    refused(post(provider, KEYS["RS256"].sign(claims(client_id, ISSUER, provider.now))))
    authenticated(post(provider, KEYS["PS256"].sign(claims(client_id, ISSUER, provider.now))), "fapi2")


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "jti"])
def test_a_missing_claim_is_refused(provider: Provider, name: str) -> None:
    """RFC 7523 §3 (1), (2), (3), (4); OpenID Connect Core §9 requires jti."""
    client_id = register(provider)
    refused(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now, **{name: None}))))


@pytest.mark.parametrize(
    "wrong",
    [
        *({"iss": "another"}, {"iss": 1}, {"jti": ""}, {"jti": 7}, {"jti": ["x"]}),
        *({"exp": "soon"}, {"exp": True}, {"exp": 1e400}, {"exp": 10**30}, {"iat": "now"}, {"nbf": {}}),
        {"exp": 10**400},
    ],
    ids=range(12),
)
def test_a_claim_of_the_wrong_kind_is_refused(provider: Provider, wrong: dict[str, Any]) -> None:
    """RFC 7519 §2 and §4.1."""
    client_id = register(provider)
    refused(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now, **wrong))))


def test_any_text_is_a_jti(provider: Provider) -> None:
    """RFC 7519 §4.1.7: half a character, too, which JSON may hold and UTF-8 may not."""
    client_id = register(provider)
    authenticated(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now, jti="\ud800"))))


@pytest.mark.parametrize("seconds", [-60, 0])
def test_an_expired_assertion_is_refused(provider: Provider, seconds: int) -> None:
    """RFC 7523 §3 (4)."""
    client_id = register(provider)
    expired = int(provider.now.timestamp()) + seconds
    refused(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now, exp=expired))))


def test_an_assertion_for_a_day_is_refused(provider: Provider) -> None:
    """RFC 7523 §3 (4): an ``exp`` that is unreasonably far ahead may be refused."""
    client_id = register(provider)
    far = int((provider.now + timedelta(days=1)).timestamp())
    refused(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now, exp=far))))


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_clock_may_be_8_seconds_ahead_and_not_60(provider: Provider, name: str) -> None:
    """FAPI 2.0 Security Profile §5.3.2.1; RFC 7523 §3 (5) and (6); checklist 23."""
    client_id = register(provider)
    for seconds, check in ((8, authenticated), (60, refused)):
        moment = int(provider.now.timestamp()) + seconds
        check(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now, **{name: moment}))))


def test_an_assertion_is_good_once(provider: Provider) -> None:
    """RFC 7523 §3 (7), OpenID Connect Core §9: jti."""
    client_id = register(provider)
    assertion = KEY.sign(claims(client_id, ISSUER, provider.now))
    authenticated(post(provider, assertion))
    refused(post(provider, assertion))


def test_of_many_uses_at_once_one_succeeds(provider: Provider) -> None:
    """RFC 7523 §3 (7): replay, in parallel."""
    client_id = register(provider)
    assertion = KEY.sign(claims(client_id, ISSUER, provider.now))
    body = {
        "grant_type": "authorization_code",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }

    def use(_number: int) -> int:
        return provider.app.test_client().post("/token", data=body, base_url=ISSUER).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(use, range(6)))
    assert statuses == [400, 401, 401, 401, 401, 401]


def test_a_jti_is_each_clients_own(provider: Provider) -> None:
    """OpenID Connect Core §9: one client cannot use up another's."""
    for client_id in (register(provider), register(provider)):
        authenticated(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now, jti="same"))))


def test_a_jti_is_spent_only_by_its_owner(provider: Provider) -> None:
    """RFC 7523 §3 (9): nothing is remembered of an assertion whose signature is wrong."""
    client_id = register(provider)
    refused(post(provider, ClientKey.make("ES256", KEY.kid).sign(claims(client_id, ISSUER, provider.now))))
    with transaction(provider.engine, writes=False) as session:
        assert session.exec(select(SpentAssertion)).all() == []


def test_expired_assertions_are_forgotten(provider: Provider) -> None:
    """A minute after they expired: another machine, whose clock is behind, may still take them."""
    client_id = register(provider)
    authenticated(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now))))
    for later, left in ((timedelta(seconds=119), 1), (timedelta(seconds=120), 0)):
        with transaction(provider.engine) as session:
            forget_expired(session, provider.now + later)
            assert len(session.exec(select(SpentAssertion)).all()) == left


def test_the_registered_algorithm_is_the_only_one(provider: Provider) -> None:
    """OpenID Connect Registration §2, token_endpoint_auth_signing_alg."""
    client_id = register(provider, *KEYS.values(), token_endpoint_auth_signing_alg="PS256")
    refused(post(provider, KEYS["RS256"].sign(claims(client_id, ISSUER, provider.now))))


def test_the_public_key_is_no_secret(provider: Provider) -> None:
    """Algorithm confusion: HS256 with the public key, or ``none``, proves nothing (RFC 8725 §2.1)."""
    client_id = register(provider, KEYS["RS256"])
    with_secret = ClientKey("key-RS256", "HS256", ClientKey.make("HS256").key)
    refused(post(provider, with_secret.sign(claims(client_id, ISSUER, provider.now))))
    header, payload, _ = KEYS["RS256"].sign(claims(client_id, ISSUER, provider.now)).split(".")
    for algorithm in ("none", "None", "HS256", "RS512"):
        forged = encoded({"alg": algorithm, "kid": "key-RS256"})
        refused(post(provider, f"{forged}.{payload}."))
        refused(post(provider, f"{forged}.{payload}.{header}"))


def test_an_rsa_key_serves_the_padding_of_its_algorithm(provider: Provider) -> None:
    """RFC 7517 §4.4: a key that names an algorithm is used for that one alone."""
    key = KEYS["RS256"]
    client = provider.another_client(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{**key.public, "alg": "RS256"}]}
    )
    other = ClientKey(key.kid, "PS256", key.key)
    refused(post(provider, other.sign(claims(client.client_id, ISSUER, provider.now))))
    authenticated(post(provider, key.sign(claims(client.client_id, ISSUER, provider.now))))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_keys_in_the_header_are_not_looked_at(provider: Provider, name: str) -> None:
    """RFC 8725 §3.10: key injection; the keys of the registration are the only ones."""
    client_id, evil = register(provider), ClientKey.make("ES256", KEY.kid)
    value: Any = {"jwk": evil.public, "x5c": ["MIIB"]}.get(name, "https://evil.example/keys")
    refused(post(provider, evil.sign(claims(client_id, ISSUER, provider.now), **{name: value})))
    authenticated(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now), **{name: value})))


def test_an_unknown_critical_header_is_refused(provider: Provider) -> None:
    """RFC 7515 §4.1.11."""
    client_id = register(provider)
    _, payload, signature = KEY.sign(claims(client_id, ISSUER, provider.now)).split(".")
    header = encoded({"alg": "ES256", "kid": KEY.kid, "crit": ["x"], "x": 1})
    refused(post(provider, f"{header}.{payload}.{signature}"))


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "dpop+jwt"])
def test_a_token_of_another_kind_is_no_assertion(provider: Provider, typ: str) -> None:
    """RFC 8725 §3.11."""
    client_id = register(provider)
    refused(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now), typ=typ)))


@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt", None])
def test_the_type_of_an_assertion_may_be_said(provider: Provider, typ: str | None) -> None:
    """RFC 7519 §5.1."""
    client_id = register(provider)
    authenticated(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now), typ=typ)))


def test_an_unknown_kid_is_refused(provider: Provider) -> None:
    """OpenID Connect Core §10.1."""
    client_id = register(provider)
    refused(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now), kid="another")))


def test_without_a_kid_the_only_key_that_fits_is_used(provider: Provider) -> None:
    """OpenID Connect Core §10.1: a kid is needed where several keys fit."""
    one = register(provider, KEY, KEYS["RS256"])
    authenticated(post(provider, KEY.sign(claims(one, ISSUER, provider.now), kid=None)))
    two = register(provider, KEY, ClientKey.make("ES256", "key-2"))
    refused(post(provider, KEY.sign(claims(two, ISSUER, provider.now), kid=None)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda jwt: "",
        lambda jwt: "x",
        lambda jwt: "a.b.c",
        lambda jwt: jwt[:-4],
        lambda jwt: jwt + ".x",
        lambda jwt: jwt.replace(".", "..", 1),
        lambda jwt: "é." + jwt,
        lambda jwt: encoded({"alg": ["ES256"]}) + "." + jwt.split(".", 1)[1],
        lambda jwt: encoded([1]) + "." + jwt.split(".", 1)[1],
        lambda jwt: encoded({"alg": "ES256", "kid": 1}) + "." + jwt.split(".", 1)[1],
        lambda jwt: jwt.split(".")[0] + "." + encoded([]) + "." + jwt.split(".")[2],
        lambda jwt: jwt.split(".")[0] + "." + b64(b"[" * 4000) + "." + jwt.split(".")[2],
    ],
)
def test_a_malformed_assertion_is_refused(provider: Provider, damage: Callable[[str], str]) -> None:
    """RFC 7523 §3 (10)."""
    client_id = register(provider)
    refused(post(provider, damage(KEY.sign(claims(client_id, ISSUER, provider.now)))))


def test_an_oversized_assertion_is_refused(provider: Provider) -> None:
    client_id = register(provider)
    large = KEY.sign(claims(client_id, ISSUER, provider.now, padding="x" * 9000))
    refused_token(post(provider, large), "invalid_request")


def test_the_assertion_type_is_required(provider: Provider) -> None:
    """RFC 7521 §4.2."""
    client_id = register(provider)
    for kind in (None, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"):
        assertion = KEY.sign(claims(client_id, ISSUER, provider.now))
        refused(post(provider, assertion, client_assertion_type=kind))


def test_a_client_id_beside_it_must_be_the_same(provider: Provider) -> None:
    """RFC 7521 §4.2."""
    client_id = register(provider)
    assertion = KEY.sign(claims(client_id, ISSUER, provider.now))
    refused_token(post(provider, assertion, client_id=provider.client.client_id), "invalid_request")
    authenticated(post(provider, assertion, client_id=client_id))


def test_one_clients_key_does_not_speak_for_another(provider: Provider) -> None:
    """RFC 7523 §3 (2)."""
    register(provider)
    victim = register(provider, ClientKey.make("ES256", KEY.kid))
    refused(post(provider, KEY.sign(claims(victim, ISSUER, provider.now))))


def test_a_client_with_keys_has_no_secret_and_the_other_way_round(provider: Provider) -> None:
    """OpenID Connect Registration §2, token_endpoint_auth_method."""
    client_id = register(provider)
    secretless = provider.post("/token", {"grant_type": "x", "client_id": client_id, "client_secret": "x"})
    refused(secretless)
    refused(post(provider, KEY.sign(claims(provider.client.client_id, ISSUER, provider.now))))


def test_an_assertion_beside_another_method_is_refused(provider: Provider) -> None:
    """RFC 6749 §2.3."""
    client_id = register(provider)
    body = {"client_assertion_type": ASSERTION_TYPE, "grant_type": "authorization_code"}
    body["client_assertion"] = KEY.sign(claims(client_id, ISSUER, provider.now))
    both = provider.post("/token", body, headers=basic(provider.client))
    refused_token(both, "invalid_request")
    refused_token(provider.post("/token", body | {"client_secret": "x"}), "invalid_request")


def encoded(header: Any) -> str:
    return b64(json.dumps(header).encode())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_published_keys_rotate(provider: Provider) -> None:
    """OpenID Connect Core §10.1.1: the jwks_uri is fetched again on an unknown kid; checklist 18."""
    new = ClientKey.make("ES256", "key-2")
    published = {"https://app.example/jwks.json": jwks(KEY)}
    provider.publish(published)
    client_id = provider.another_client(
        token_endpoint_auth_method="private_key_jwt", jwks_uri="https://app.example/jwks.json"
    ).client_id
    authenticated(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now))))
    published["https://app.example/jwks.json"] = jwks(new)
    provider.clock.forward(seconds=61)
    authenticated(post(provider, new.sign(claims(client_id, ISSUER, provider.now))))
    refused(post(provider, KEY.sign(claims(client_id, ISSUER, provider.now))))

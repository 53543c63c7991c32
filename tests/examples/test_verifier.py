"""The verifier refuses every token but the right one, each for its own reason."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, RSAKey

from examples.department_app.verifier import LOGOUT_EVENT, MAX_TOKEN_LENGTH, TokenRefused, TokenVerifier
from tests.examples.fake_issuer import CLIENT_ID, EC_KEY, OTHER_RSA_KEY, RSA_KEY, signed

ISSUER = "https://lanyard.example"
NOW = 1_800_000_000
NONCE = "n-0S6_WzA2Mj"
ACCESS_TOKEN = "access-token"
HEADER = {"typ": "JWT", "alg": "RS256", "kid": "rsa-1"}
LOGOUT_HEADER = {**HEADER, "typ": "logout+jwt"}
ID_CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "sub": "person",
    "sid": "session",
    "iat": NOW,
    "exp": NOW + 120,
    "nonce": NONCE,
}
LOGOUT_CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "sub": "person",
    "sid": "session",
    "iat": NOW,
    "exp": NOW + 120,
    "jti": "logout-1",
    "events": {LOGOUT_EVENT: {}},
}


class Keys:
    """Public keys by `kid`, with changes to what the issuer publishes."""

    def __init__(self, *keys: RSAKey | ECKey, **changes: Any) -> None:
        self._keys = {key.kid: {**key.as_dict(private=False), **changes} for key in keys}

    def find(self, kid: str) -> dict[str, Any] | None:
        return self._keys.get(kid)


def verifier(algorithm: str = "RS256", keys: Keys | None = None) -> TokenVerifier:
    known = keys or Keys(RSA_KEY, OTHER_RSA_KEY, EC_KEY)
    return TokenVerifier(ISSUER, CLIENT_ID, algorithm, known, lambda: datetime.fromtimestamp(NOW, UTC))


def changed(claims: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The claims with changes; None takes one away."""
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def segment(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def handmade(header: Any, claims: Any, sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    """A token that no library would make."""
    body = f"{segment(json.dumps(header).encode())}.{segment(json.dumps(claims).encode())}"
    return f"{body}.{segment(sign(body.encode()))}"


def refused_id_token(token: str, reason: str, **how: Any) -> None:
    with pytest.raises(TokenRefused, match=reason):
        verifier(**how).id_token(token, nonce=NONCE, access_token=ACCESS_TOKEN)


def refused_logout_token(reason: str, header: dict[str, Any] = LOGOUT_HEADER, **changes: Any) -> None:
    with pytest.raises(TokenRefused, match=reason):
        verifier().logout_token(signed(RSA_KEY, header, changed(LOGOUT_CLAIMS, **changes)))


def test_a_good_id_token_is_believed() -> None:
    token = signed(RSA_KEY, HEADER, ID_CLAIMS)
    verified = verifier().id_token(token, nonce=NONCE, access_token=ACCESS_TOKEN)
    assert (verified.sub, verified.sid, verified.issued_at) == ("person", "session", NOW)


def test_a_good_id_token_signed_with_es256_is_believed_where_that_is_the_algorithm() -> None:
    token = signed(EC_KEY, {"alg": "ES256", "kid": "ec-1"}, ID_CLAIMS)
    assert verifier("ES256").id_token(token, nonce=NONCE, access_token=ACCESS_TOKEN).sub == "person"


def test_a_good_logout_token_is_believed() -> None:
    token = verifier().logout_token(signed(RSA_KEY, LOGOUT_HEADER, LOGOUT_CLAIMS))
    assert (token.jti, token.sub, token.sid, token.issued_at) == ("logout-1", "person", "session", NOW)


@pytest.mark.parametrize("alg", ["none", "None", "", None])
def test_an_unsigned_token_is_refused(alg: str | None) -> None:
    refused_id_token(handmade({**HEADER, "alg": alg}, ID_CLAIMS), "alg")


@pytest.mark.parametrize("as_secret", ["as_pem", "as_der"])
def test_the_public_key_is_no_secret_of_hs256(as_secret: str) -> None:
    secret = getattr(RSA_KEY, as_secret)(private=False)
    token = handmade(
        {**HEADER, "alg": "HS256"}, ID_CLAIMS, lambda body: hmac.digest(secret, body, hashlib.sha256)
    )
    refused_id_token(token, "alg")


def test_another_algorithm_of_the_issuer_is_refused() -> None:
    refused_id_token(signed(EC_KEY, {"alg": "ES256", "kid": "ec-1"}, ID_CLAIMS), "alg")


def test_a_wrong_signature_is_refused() -> None:
    refused_id_token(signed(OTHER_RSA_KEY, HEADER, ID_CLAIMS), "signature")


def test_changed_claims_are_refused() -> None:
    header, _, signature = signed(RSA_KEY, HEADER, ID_CLAIMS).split(".")
    claims = segment(json.dumps({**ID_CLAIMS, "sub": "somebody else"}).encode())
    refused_id_token(f"{header}.{claims}.{signature}", "signature")


def test_a_missing_kid_is_refused() -> None:
    refused_id_token(signed(RSA_KEY, {"typ": "JWT", "alg": "RS256"}, ID_CLAIMS), "kid is missing")


def test_an_unknown_kid_is_refused() -> None:
    refused_id_token(signed(RSA_KEY, {**HEADER, "kid": "unknown"}, ID_CLAIMS), "kid names no key")


def test_the_kid_of_another_key_is_refused() -> None:
    refused_id_token(signed(RSA_KEY, {**HEADER, "kid": "rsa-2"}, ID_CLAIMS), "signature")


def test_the_kid_of_a_key_of_another_type_is_refused() -> None:
    refused_id_token(signed(RSA_KEY, {**HEADER, "kid": "ec-1"}, ID_CLAIMS), "another", keys=Keys(EC_KEY))


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "PS256"}])
def test_a_key_for_another_use_is_refused(change: dict[str, str]) -> None:
    token = signed(RSA_KEY, HEADER, ID_CLAIMS)
    refused_id_token(token, "another use", keys=Keys(RSA_KEY, **change))


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_short_rsa_key_is_refused() -> None:
    short = RSAKey.generate_key(1024, {"kid": "rsa-1"})
    refused_id_token(signed(short, HEADER, ID_CLAIMS), "too short", keys=Keys(short))


@pytest.mark.parametrize("change", [{"e": None}, {"n": 5}])
def test_an_incomplete_key_is_refused(change: dict[str, Any]) -> None:
    token = signed(RSA_KEY, HEADER, ID_CLAIMS)
    refused_id_token(token, "incomplete", keys=Keys(RSA_KEY, **change))


def test_an_unreadable_key_is_refused() -> None:
    token = signed(RSA_KEY, HEADER, ID_CLAIMS)
    refused_id_token(token, "signature", keys=Keys(RSA_KEY, n="!" * 400))


def test_a_key_in_the_header_is_not_used() -> None:
    header = {**HEADER, "jwk": OTHER_RSA_KEY.as_dict(private=False)}
    refused_id_token(signed(OTHER_RSA_KEY, header, ID_CLAIMS), "signature")


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_an_address_of_keys_in_the_header_is_not_followed(name: str) -> None:
    """The address answers nothing: to follow it would fail. The token is good by the issuer's own key."""
    header = {**HEADER, name: "https://evil.invalid/keys"}
    token = signed(RSA_KEY, header, ID_CLAIMS)
    assert verifier().id_token(token, nonce=NONCE, access_token=ACCESS_TOKEN).sub == "person"


@pytest.mark.parametrize("crit", [["exp"], []])
def test_a_critical_header_is_refused(crit: list[str]) -> None:
    refused_id_token(handmade({**HEADER, "crit": crit, "exp": 1}, ID_CLAIMS), "critical")


@pytest.mark.parametrize("typ", ["logout+jwt", "at+jwt", "secevent+jwt", 5, ["JWT"]])
def test_another_type_of_token_is_no_id_token(typ: Any) -> None:
    refused_id_token(handmade({**HEADER, "typ": typ}, ID_CLAIMS), "typ")


@pytest.mark.parametrize("name", ["exp", "iat", "aud", "iss", "sub", "nonce"])
def test_an_id_token_needs_each_of_its_claims(name: str) -> None:
    refused_id_token(signed(RSA_KEY, HEADER, changed(ID_CLAIMS, **{name: None})), name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "https://evil.example"),
        ("iss", ISSUER + "/"),
        ("aud", "another-client"),
        ("aud", ["another-client"]),
        ("aud", []),
        ("nonce", "another"),
        ("sub", 5),
        ("sub", ""),
        ("sid", 5),
        ("exp", True),
        ("exp", 1e12),
        ("exp", str(NOW + 120)),
        ("iat", False),
        ("azp", "another-client"),
        ("at_hash", "bm90LWl0"),
    ],
)
def test_an_id_token_with_a_wrong_claim_is_refused(name: str, value: Any) -> None:
    refused_id_token(handmade_and_signed({**ID_CLAIMS, name: value}), name)


def handmade_and_signed(claims: Any) -> str:
    """A token over claims that joserfc itself would refuse to write."""
    return handmade(HEADER, claims, lambda body: RSA_KEY.private_key.sign(body, PKCS1v15(), SHA256()))


@pytest.mark.parametrize("claims", [[], "text", None])
def test_claims_that_are_no_object_are_refused(claims: Any) -> None:
    refused_id_token(handmade_and_signed(claims), "not an object")


def test_several_audiences_need_azp() -> None:
    refused_id_token(signed(RSA_KEY, HEADER, {**ID_CLAIMS, "aud": [CLIENT_ID, "another"]}), "azp")


def test_several_audiences_with_the_right_azp_are_believed() -> None:
    claims = {**ID_CLAIMS, "aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}
    token = signed(RSA_KEY, HEADER, claims)
    assert verifier().id_token(token, nonce=NONCE, access_token=ACCESS_TOKEN).sub == "person"


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"exp": NOW - 30}, "expired"),
        ({"iat": NOW + 31}, "future"),
        ({"iat": NOW - 631}, "too long ago"),
        ({"nbf": NOW + 31}, "not valid yet"),
    ],
)
def test_an_id_token_out_of_its_time_is_refused(times: dict[str, int], reason: str) -> None:
    refused_id_token(signed(RSA_KEY, HEADER, {**ID_CLAIMS, **times}), reason)


@pytest.mark.parametrize("times", [{"exp": NOW - 29}, {"iat": NOW + 30}, {"iat": NOW - 630}])
def test_clocks_may_differ_by_half_a_minute(times: dict[str, int]) -> None:
    token = signed(RSA_KEY, HEADER, {**ID_CLAIMS, **times})
    assert verifier().id_token(token, nonce=NONCE, access_token=ACCESS_TOKEN).sub == "person"


def test_a_fitting_at_hash_is_believed() -> None:
    at_hash = segment(hashlib.sha256(ACCESS_TOKEN.encode()).digest()[:16])
    token = signed(RSA_KEY, HEADER, {**ID_CLAIMS, "at_hash": at_hash})
    assert verifier().id_token(token, nonce=NONCE, access_token=ACCESS_TOKEN).sub == "person"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        "..",
        "é.b.c",
        "\udc80.b.c",
        segment(b"[]") + ".b.c",
        segment(b"[" * 10_000) + ".b.c",
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    refused_id_token(token, "not a compact|header")


def test_a_token_longer_than_any_of_the_issuers_is_not_even_read() -> None:
    token = signed(RSA_KEY, HEADER, {**ID_CLAIMS, "padding": "x" * MAX_TOKEN_LENGTH})
    refused_id_token(token, "not a compact")


@pytest.mark.parametrize("typ", ["JWT", None, "at+jwt"])
def test_another_type_of_token_is_no_logout_token(typ: str | None) -> None:
    """So that no ID token can be sent here as one (OpenID Connect Back-Channel Logout 1.0 §4)."""
    refused_logout_token("typ", header=changed(LOGOUT_HEADER, typ=typ))


@pytest.mark.parametrize("name", ["iss", "aud", "iat", "exp", "jti", "events"])
def test_a_logout_token_needs_each_of_its_claims(name: str) -> None:
    refused_logout_token(name, **{name: None})


@pytest.mark.parametrize(
    "events",
    [
        {},
        [],
        "text",
        {"https://example.org/another-event": {}},
        {LOGOUT_EVENT: {}, "https://example.org/another-event": {}},
        {LOGOUT_EVENT: []},
        {LOGOUT_EVENT: True},
    ],
)
def test_a_logout_token_has_exactly_one_event(events: Any) -> None:
    refused_logout_token("events", events=events)


def test_a_logout_token_with_a_nonce_is_refused() -> None:
    refused_logout_token("nonce", nonce="n")


def test_a_logout_token_needs_sub_or_sid() -> None:
    refused_logout_token("neither", sub=None, sid=None)


@pytest.mark.parametrize("name", ["sub", "sid"])
def test_a_logout_token_may_leave_out_one_of_sub_and_sid(name: str) -> None:
    token = signed(RSA_KEY, LOGOUT_HEADER, changed(LOGOUT_CLAIMS, **{name: None}))
    assert getattr(verifier().logout_token(token), name) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"exp": NOW - 30}, "expired"),
        ({"iat": NOW + 31}, "future"),
        ({"iat": NOW - 331}, "too long ago"),
    ],
)
def test_a_logout_token_of_elsewhere_or_another_time_is_refused(changes: dict[str, Any], reason: str) -> None:
    refused_logout_token(reason, **changes)

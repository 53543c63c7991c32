"""What a proof must say (RFC 9449 §4.2 and §4.3); checklist 25."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, JWKRegistry
from joserfc.util import urlsafe_b64encode

from identity.dpop.errors import InvalidDPoPProofError
from identity.dpop.proofs import Proof, check
from tests.factories.client_keys import ClientKey
from tests.factories.proofs import proof, thumbprint

KEYS = {name: ClientKey.make(name) for name in ("PS256", "ES256", "EdDSA")}
KEY = KEYS["ES256"]
URI = "https://id.example/token"


def accept(unverified: str, now: datetime, **changes: Any) -> Proof:
    return check(unverified, **({"method": "POST", "uri": URI, "now": now} | changes))


def refuse(unverified: str, now: datetime, **changes: Any) -> None:
    with pytest.raises(InvalidDPoPProofError):
        accept(unverified, now, **changes)


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_each_algorithm_proves_its_key(now: datetime, algorithm: str) -> None:
    """RFC 9449 §4.3 (5); RFC 7638."""
    key = KEYS[algorithm]
    assert accept(proof(key, "POST", URI, now), now).jkt == thumbprint(key)


def test_ed25519_goes_by_its_new_name_too(now: datetime) -> None:
    """RFC 9864 §2.2."""
    key = KEYS["EdDSA"]
    assert accept(proof(key, "POST", URI, now, header={"alg": "Ed25519"}), now).jkt == thumbprint(key)


@pytest.mark.parametrize("algorithm", ["RS256", "HS256", "none", None, 7])
def test_no_other_algorithm_does(now: datetime, algorithm: Any) -> None:
    """RFC 9449 §4.3 (5): no symmetric one, and not ``none``; FAPI 2.0 Security Profile §5.4.1: no RS256."""
    key = ClientKey.make(algorithm) if algorithm in {"RS256", "HS256"} else KEY
    refuse(proof(key, "POST", URI, now, header={"alg": algorithm}), now)


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt", "DPOP+JWT;", 1, ["dpop+jwt"]])
def test_its_type_sets_it_apart(now: datetime, typ: Any) -> None:
    """RFC 9449 §4.3 (4): neither an assertion nor an access token is a proof."""
    refuse(proof(KEY, "POST", URI, now, header={"typ": typ}), now)


def test_a_private_key_in_it_is_refused(now: datetime) -> None:
    """RFC 9449 §4.3 (7)."""
    for key in KEYS.values():
        refuse(proof(key, "POST", URI, now, header={"jwk": key.key.as_dict(private=True)}), now)


@pytest.mark.parametrize(
    "jwk",
    [
        *(None, "text", {}, {"kty": "EC"}, {"kty": "oct", "k": "AAAA"}, {"kty": ["EC"], "crv": {}}),
        ECKey.generate_key("P-384").as_dict(private=False),
        {**KEY.key.as_dict(private=False), "y": KEY.key.as_dict(private=False)["x"]},
        {**KEY.key.as_dict(private=False), "x": 7},
        {**KEY.key.as_dict(private=False), "x": "A" * 5000},
        {**KEY.key.as_dict(private=False), "x": "\u00fc"},
    ],
    ids=range(11),
)
def test_its_key_must_be_one(now: datetime, jwk: Any) -> None:
    """RFC 9449 §4.3 (3); the point must lie on the curve."""
    refuse(proof(KEY, "POST", URI, now, header={"jwk": jwk}), now)


@pytest.mark.parametrize(("bits", "exponent"), [(1024, None), (2048, "A" * 300 + "AQAB")])
def test_an_rsa_key_has_a_usual_size(now: datetime, bits: int, exponent: str | None) -> None:
    """RFC 7518 §3.5: 2048 bits; a huge exponent would make us work for everybody who sends one."""
    key = ClientKey("key", "PS256", JWKRegistry.generate_key("RSA", bits)) if bits < 2048 else KEYS["PS256"]
    jwk = key.key.as_dict(private=False)
    refuse(proof(key, "POST", URI, now, header={"jwk": jwk | ({"e": exponent} if exponent else {})}), now)


def test_it_is_signed_with_the_key_that_it_names(now: datetime) -> None:
    """RFC 9449 §4.3 (6)."""
    other = ClientKey.make("ES256")
    refuse(proof(KEY, "POST", URI, now, header={"jwk": other.key.as_dict(private=False)}), now)


@pytest.mark.parametrize("header", [{"crit": ["exp"], "exp": 1}, {"b64": False}])
def test_extensions_of_its_header_are_refused(now: datetime, header: dict[str, Any]) -> None:
    """RFC 7515 §4.1.11."""
    refuse(proof(KEY, "POST", URI, now, header=header), now)


@pytest.mark.parametrize("htm", [None, "GET", "post", 1])
def test_it_is_for_one_method(now: datetime, htm: Any) -> None:
    """RFC 9449 §4.3 (8)."""
    refuse(proof(KEY, "POST", URI, now, htm=htm), now)


@pytest.mark.parametrize(
    "htu",
    [
        *("https://id.example/token", "https://ID.Example/token", "HTTPS://id.example:443/token"),
        *("https://id.example/token?a=b", "https://id.example/token#part"),
    ],
)
def test_its_address_is_compared_as_an_address(now: datetime, htu: str) -> None:
    """RFC 9449 §4.3 (9): without query and fragment; RFC 3986 §6.2.2 and §6.2.3."""
    accept(proof(KEY, "POST", URI, now, htu=htu), now)


@pytest.mark.parametrize(
    "htu",
    [
        *(
            None,
            "",
            7,
            "/token",
            "https://id.example/",
            "https://id.example/token/",
            "http://id.example/token",
        ),
        *("https://id.example:8443/token", "https://id.example.attacker.example/token"),
        *("https://user@id.example/token", "https://id.example/TOKEN", "https://id.example:x/token"),
        *("https://[id.example/token", "https://id.example/\ttoken", "//id.example/token"),
    ],
)
def test_it_is_for_one_address(now: datetime, htu: Any) -> None:
    """RFC 9449 §4.3 (9)."""
    refuse(proof(KEY, "POST", URI, now, htu=htu), now)


@pytest.mark.parametrize("seconds", [-10, -1, 0, 8, 10])
def test_it_is_made_now(now: datetime, seconds: int) -> None:
    """RFC 9449 §4.3 (11) and §11.1; checklist 25."""
    made = now + timedelta(seconds=seconds)
    accept(proof(KEY, "POST", URI, made), now)


@pytest.mark.parametrize("seconds", [-60, -15, -12, 11, 60])
def test_not_long_ago_and_not_ahead(now: datetime, seconds: int) -> None:
    """RFC 9449 §11.1."""
    made = now + timedelta(seconds=seconds)
    refuse(proof(KEY, "POST", URI, made), now)


@pytest.mark.parametrize("wrong", [None, "1", True, [], 10**400, -(10**400), 1e300])
def test_its_moment_is_a_number_of_seconds(now: datetime, wrong: Any) -> None:
    """RFC 7519 §2."""
    refuse(proof(KEY, "POST", URI, now, iat=wrong), now)


def test_it_is_remembered_until_it_is_too_old(now: datetime) -> None:
    """RFC 9449 §11.1: from the moment at which it is forgotten it is refused for its age."""
    unverified = proof(KEY, "POST", URI, now)
    expires_at = accept(unverified, now).expires_at
    accept(unverified, expires_at - timedelta(milliseconds=1))
    refuse(unverified, expires_at)


def test_other_moments_count_when_they_are_there(now: datetime) -> None:
    """RFC 7519 §4.1.4 and §4.1.5; FAPI 2.0 Security Profile §5.3.2.1 for clocks that are ahead."""
    seconds = int(now.timestamp())
    accept(proof(KEY, "POST", URI, now, nbf=seconds + 8, exp=seconds + 60), now)
    refuse(proof(KEY, "POST", URI, now, nbf=seconds + 60), now)
    refuse(proof(KEY, "POST", URI, now, exp=seconds), now)


@pytest.mark.parametrize("jti", [None, "", 7, ["x"]])
def test_it_has_a_jti(now: datetime, jti: Any) -> None:
    """RFC 9449 §4.2."""
    refuse(proof(KEY, "POST", URI, now, jti=jti), now)


def test_its_nonce_is_text(now: datetime) -> None:
    """RFC 9449 §4.3 (10)."""
    assert accept(proof(KEY, "POST", URI, now), now).nonce is None
    assert accept(proof(KEY, "POST", URI, now, nonce="n"), now).nonce == "n"
    refuse(proof(KEY, "POST", URI, now, nonce=7), now)


def test_with_an_access_token_it_is_for_that_one(now: datetime) -> None:
    """RFC 9449 §4.3 (12)."""
    accept(proof(KEY, "POST", URI, now, access_token="abc"), now, access_token="abc")
    for other in ({}, {"access_token": "other"}, {"ath": 7}):
        refuse(proof(KEY, "POST", URI, now, **other), now, access_token="abc")


@pytest.mark.parametrize(
    "unverified",
    [
        *("", "a", "a.b", "a.b.c", "a.b.c.d", "..", "\u00fc.a.a", "\x00", "[]", "e30.e30.e30", "W10.W10.AA"),
        "A" * 9000,
        "bnVsbA.bnVsbA.bnVsbA",
    ],
)
def test_what_is_no_proof_is_refused(now: datetime, unverified: str) -> None:
    """RFC 9449 §4.3 (2)."""
    refuse(unverified, now)


def test_two_proofs_in_a_header_are_refused(now: datetime) -> None:
    """RFC 9449 §4.3 (1): a server joins the fields of one name by commas (RFC 9110 §5.3)."""
    one = proof(KEY, "POST", URI, now)
    refuse(f"{one}, {one}", now)
    refuse(f"{one},{proof(KEY, 'POST', URI, now)}", now)


def test_deep_nesting_is_refused(now: datetime) -> None:
    """RFC 8725 §3: what a proof holds must not make us fail."""
    deep = urlsafe_b64encode(b"[" * 5000).decode()
    refuse(f"{deep}.e30.AA", now)
    refuse(f"{_segment({'typ': 'dpop+jwt'})}.{deep[:6000]}.AA", now)


def _segment(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode()

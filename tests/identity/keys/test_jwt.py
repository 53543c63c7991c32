"""Tokens signed, and verified strictly (RFC 7515, RFC 7519, RFC 8725)."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from jose import jwt as python_jose

from identity.keys.algorithms import ALGORITHMS, generate_key
from identity.keys.errors import ExpiredJWT, InvalidJWT
from identity.keys.jwt import decode, encode, numeric_date
from identity.keys.public_key import PublicKey
from identity.keys.signer import LocalSigner

ISSUER = "https://id.example"
NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
CLAIMS = {
    "iss": ISSUER,
    "sub": "248289761001",
    "aud": "hmrc-app",
    "iat": numeric_date(NOW),
    "exp": numeric_date(NOW) + 300,
    "name": "Siân Ó Néill",
}
PAYLOAD = json.dumps(CLAIMS).encode()


@pytest.fixture(scope="module")
def generated():
    return {name: generate_key(name) for name in ALGORITHMS}


@pytest.fixture(scope="module")
def signers(generated):
    return {name: LocalSigner(name, name, key.as_dict(private=True)) for name, key in generated.items()}


@pytest.fixture(scope="module")
def keys(generated):
    return {
        name: PublicKey({**key.as_dict(private=False), "kid": name, "alg": name})
        for name, key in generated.items()
    }


@pytest.fixture
def token(signers):
    """Make a token from CLAIMS with changes; a claim changed to None is left out."""

    def make(algorithm="ES256", typ="JWT", **changes):
        claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
        return encode(claims, signer=signers[algorithm], typ=typ)

    return make


@pytest.fixture
def read(keys):
    def read(token, **changes):
        expected = {"algorithms": ALGORITHMS, "typ": "JWT", "issuer": ISSUER, "audience": "hmrc-app"}
        return decode(token, **{"keys": keys, "now": NOW, **expected, **changes})

    return read


@pytest.fixture
def signed(signers):
    """A token of any header and payload at all, properly signed with the ES256 key."""

    def make(header, payload=PAYLOAD):
        header = json.dumps(header).encode() if not isinstance(header, bytes) else header
        signing_input = b64(header) + b"." + b64(payload)
        return (signing_input + b"." + b64(signers["ES256"].sign(signing_input))).decode()

    return make


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unb64(text):
    return base64.urlsafe_b64decode(text + b"==")


HEADER = {"alg": "ES256", "kid": "ES256", "typ": "JWT"}


@pytest.mark.parametrize("algorithm", list(ALGORITHMS))
def test_claims_come_back(token, read, algorithm):
    assert read(token(algorithm)) == CLAIMS


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_an_independent_library_verifies_our_tokens(generated, token, algorithm):
    public = {**generated[algorithm].as_dict(private=False), "alg": algorithm}
    options = {"verify_exp": False, "verify_iat": False}
    claims = python_jose.decode(token(algorithm), public, [algorithm], options, audience="hmrc-app")
    assert claims == CLAIMS


def test_the_standards_own_mathematics_verifies_a_ps256_token(generated, token):
    """RFC 7518 §3.5: MGF1 and a salt as long as the hash; python-jose does not know PS256."""
    signing_input, _, signature = token("PS256").encode().rpartition(b".")
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    generated["PS256"].public_key.verify(unb64(signature), signing_input, pss, hashes.SHA256())


def test_the_standards_own_mathematics_verifies_an_eddsa_token(generated, token):
    """RFC 8037 §3.1; python-jose does not know EdDSA."""
    signing_input, _, signature = token("EdDSA").encode().rpartition(b".")
    generated["EdDSA"].public_key.verify(unb64(signature), signing_input)


def test_the_header_names_algorithm_key_and_type_only(token):
    header = token(typ="at+jwt").split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {**HEADER, "typ": "at+jwt"}


@pytest.mark.parametrize("value", [NOW, {1, 2}, float("nan"), b"x"])
def test_a_claim_that_is_not_json_is_refused(token, value):
    with pytest.raises((TypeError, ValueError)):
        token(extra=value)


def test_a_moment_becomes_whole_seconds():
    """RFC 7519 §2, NumericDate."""
    assert numeric_date(datetime(1970, 1, 1, 0, 1, 0, 999_999, tzinfo=UTC)) == 60


def test_a_moment_without_time_zone_is_refused():
    with pytest.raises(ValueError):
        numeric_date(datetime(2026, 4, 1))  # noqa: DTZ001


def test_the_signature_of_other_claims_is_refused(token, read):
    header, _, signature = token().split(".")
    payload = token(sub="another").split(".")[1]
    with pytest.raises(InvalidJWT):
        read(f"{header}.{payload}.{signature}")


def test_the_caller_names_the_algorithms(token, read):
    """RFC 8725 §3.1."""
    with pytest.raises(InvalidJWT):
        read(token("ES256"), algorithms=["RS256"])


def test_naming_no_algorithm_is_a_mistake_of_the_caller(token, read):
    with pytest.raises(ValueError):
        read(token(), algorithms=[])


def test_a_key_that_is_not_published_is_refused(token, read, keys):
    with pytest.raises(InvalidJWT):
        read(token("ES256"), keys={"RS256": keys["RS256"]})


@pytest.mark.parametrize(
    "header",
    [
        {**HEADER, "alg": "none"},
        {**HEADER, "alg": "HS256"},
        {**HEADER, "alg": "RS256"},
        {**HEADER, "alg": None},
        {**HEADER, "kid": "RS256"},
        {**HEADER, "kid": "unknown"},
        {**HEADER, "kid": ["ES256"]},
        {**HEADER, "crit": ["exp"], "exp": 1},
        {**HEADER, "crit": ["b64"], "b64": False},
        {**HEADER, "crit": []},
        {**HEADER, "b64": False},
        {**HEADER, "jwk": {"kty": "EC"}},
        {**HEADER, "jku": "https://attacker.example/jwks"},
        {**HEADER, "typ": "at+jwt"},
        {**HEADER, "typ": 1},
        {**HEADER, "cty": "JWT"},
        {"alg": "ES256", "kid": "ES256"},
        {"alg": "ES256", "typ": "JWT"},
        {"kid": "ES256", "typ": "JWT"},
        {**HEADER, "typ": "JWT" + "x" * 600},
        ["alg"],
        "alg",
        7,
        b"{",
        b"\xff",
        b"",
    ],
)
def test_a_header_that_is_not_exactly_ours_is_refused(signed, read, header):
    with pytest.raises(InvalidJWT):
        read(signed(header))


def test_a_token_made_by_hand_with_our_header_is_read(signed, read):
    """So that the refusals above are for their header."""
    assert read(signed(HEADER)) == CLAIMS


@pytest.mark.parametrize("typ", ["jwt", "application/jwt", "application/JWT"])
def test_typ_is_a_media_type(signed, read, typ):
    """RFC 7515 §4.1.9: case does not matter and `application/` may be left out."""
    assert read(signed({**HEADER, "typ": typ})) == CLAIMS


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"null", b"{", b"\xff\xff", b"[" * 5000, b'{"exp": ' + b"9" * 5000 + b"}"]
)
def test_a_payload_that_is_not_an_object_is_refused(signed, read, payload):
    with pytest.raises(InvalidJWT):
        read(signed(HEADER, payload))


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "a.b", "a.b.c.d", "é.é.é", "a" * 20_000])
def test_text_that_is_no_token_is_refused(read, text):
    with pytest.raises(InvalidJWT):
        read(text)


@pytest.mark.parametrize("ending", ["", "=", "A", "%"])
def test_a_signature_cut_or_extended_is_refused(token, read, ending):
    with pytest.raises(InvalidJWT):
        read(token() + ending if ending else token()[:-1])


def test_a_token_over_16_kilobytes_is_refused(token, read):
    with pytest.raises(InvalidJWT):
        read(token(extra="x" * 16_384))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://id.example/"},
        {"iss": [ISSUER]},
        {"aud": "home-office-app"},
        {"aud": ["home-office-app"]},
        {"aud": []},
        {"aud": {"hmrc-app": 1}},
        {"sub": 7},
        {"exp": "tomorrow"},
        {"exp": True},
        {"iat": numeric_date(NOW) + 1},
        {"nbf": numeric_date(NOW) + 1},
        *({name: None} for name in ("iss", "sub", "aud", "exp", "iat")),
    ],
    ids=str,
)
def test_a_wrong_or_missing_claim_is_refused(token, read, claims):
    with pytest.raises(InvalidJWT) as refusal:
        read(token(**claims))
    assert not isinstance(refusal.value, ExpiredJWT)


def test_not_a_number_never_counts_as_a_time(signed, read):
    payload = json.dumps({**CLAIMS, "exp": float("nan")}).encode()
    with pytest.raises(InvalidJWT):
        read(signed(HEADER, payload))


def test_a_claim_that_the_caller_requires_must_be_there(token, read):
    with pytest.raises(InvalidJWT):
        read(token(), required=["sid"])


def test_one_audience_of_several_suffices(token, read):
    assert read(token(aud=["other", "hmrc-app"]))["sub"] == CLAIMS["sub"]


def test_the_caller_may_judge_the_audience_itself(token, read):
    assert read(token(aud="unforeseen"), audience=None)["aud"] == "unforeseen"


def test_a_token_ends_at_the_second_of_its_exp(token, read):
    """RFC 7519 §4.1.4: on or after the expiration time it is not accepted."""
    assert read(token(), now=NOW + timedelta(seconds=299))
    with pytest.raises(ExpiredJWT):
        read(token(), now=NOW + timedelta(seconds=300))


def test_leeway_stretches_both_ends(token, read):
    leeway = timedelta(seconds=10)
    assert read(token(), now=NOW + timedelta(seconds=309), leeway=leeway)
    assert read(token(), now=NOW - timedelta(seconds=10), leeway=leeway)


def test_a_hint_may_have_expired(token, read):
    assert read(token(), now=NOW + timedelta(days=20), allow_expired=True) == CLAIMS


@pytest.mark.parametrize(
    "claims", [{"iss": "https://other.example"}, {"exp": "then"}, {"exp": None}], ids=str
)
def test_an_expired_hint_is_checked_in_all_else(token, read, claims):
    with pytest.raises(InvalidJWT):
        read(token(**claims), now=NOW + timedelta(days=20), allow_expired=True)

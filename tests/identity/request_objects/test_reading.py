"""What a request object must be before anything of it is believed (RFC 9101 §4, §6 and §10)."""

import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from authlib.oidc.core.errors import InvalidRequestObjectError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from identity.clients.client_keys import choose_key
from identity.clients.registry import RegisteredClient
from identity.keys.public_key import PublicKey
from identity.request_objects.service import RequestObject, read
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.request_objects import request_claims

ISSUER = "https://id.example"
KEYS = {name: ClientKey.make(name, f"key-{name}") for name in ("RS256", "PS256", "ES256", "EdDSA")}
KEY = KEYS["ES256"]
CLIENT = RegisteredClient(
    client_id="casework",
    client_name="Casework",
    app_id=UUID(int=1),
    redirect_uris=("https://casework.example/callback",),
    post_logout_redirect_uris=(),
    backchannel_logout_uri=None,
    scopes=frozenset({"openid"}),
    token_endpoint_auth_method="client_secret_basic",
    id_token_signed_response_alg="RS256",
    require_pkce=True,
    sector="casework.example",
    grant_types=frozenset({"authorization_code"}),
    access_token_format="jwt",
    service_scopes=frozenset(),
    resources=frozenset(),
    jwks=jwks(*KEYS.values()),
)


def find_key(client: RegisteredClient, kid: str | None, algorithm: str) -> PublicKey | None:
    return choose_key(client.jwks, kid, algorithm) if client.jwks else None


def read_it(
    unverified_jwt: str, now: datetime, client: RegisteredClient = CLIENT, **how: Any
) -> RequestObject:
    how = {"came_at": now, **how}
    return read(unverified_jwt, client, find_key, issuer=ISSUER, now=now, **how)


def claims(now: datetime, **changes: Any) -> dict[str, Any]:
    return request_claims("casework", ISSUER, now, **changes)


def refused(unverified_jwt: str, now: datetime, client: RegisteredClient = CLIENT, **how: Any) -> str:
    with pytest.raises(InvalidRequestObjectError) as refusal:
        read_it(unverified_jwt, now, client, **how)
    return str(refusal.value.description)


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_every_algorithm_works(now: datetime, algorithm: str) -> None:
    signed = read_it(KEYS[algorithm].sign(claims(now, state="here")), now)
    assert signed.parameters.find("state") == "here"


@pytest.mark.parametrize("typ", ["oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "JWT", None])
def test_its_own_type_or_none(now: datetime, typ: str | None) -> None:
    """RFC 9101 §10.8: clients that are older than the type leave it out or say JWT."""
    assert read_it(KEY.sign(claims(now), typ=typ), now)


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "dpop+jwt", "client-authentication+jwt"])
def test_a_token_of_another_kind_is_refused(now: datetime, typ: Any) -> None:
    """RFC 8725 §3.11: whatever else the client signs with this key is no request."""
    assert "another kind" in refused(KEY.sign(claims(now), typ=typ), now)


def test_a_client_assertion_is_no_request(now: datetime) -> None:
    """RFC 9101 §10.8: cross-JWT confusion."""
    assert "assertion" in refused(KEY.sign(claims(now, sub="casework")), now)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "", None, 7])
def test_other_algorithms_are_refused(now: datetime, algorithm: Any) -> None:
    """RFC 8725 §3.1 and §3.2: none, or the public key as the secret of an HMAC."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": KEY.kid}).encode()).decode()
    _, payload, signature = KEY.sign(claims(now)).split(".")
    for end in (signature, ""):
        refused(f"{header.rstrip('=')}.{payload}.{end}", now)


def test_the_registered_algorithm_is_the_only_one(now: datetime) -> None:
    """OpenID Connect Registration §2: request_object_signing_alg."""
    client = replace(CLIENT, request_object_signing_alg="PS256")
    assert read_it(KEYS["PS256"].sign(claims(now)), now, client)
    assert "algorithm" in refused(KEY.sign(claims(now)), now, client)


def test_fapi2_refuses_rs256(now: datetime) -> None:
    """FAPI 2.0 Security Profile §5.4.1."""
    client = replace(CLIENT, profile="fapi2")
    assert "algorithm" in refused(KEYS["RS256"].sign(claims(now)), now, client)
    assert read_it(KEYS["PS256"].sign(claims(now)), now, client)


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
def test_keys_in_the_header_are_not_looked_at(now: datetime, member: str) -> None:
    """RFC 8725 §3.10: an attacker's own key, or where it is published."""
    attacker = ClientKey.make("ES256", KEY.kid)
    offered: dict[str, Any] = {
        "jwk": attacker.public,
        "jku": "https://attacker.example/jwks",
        "x5u": "https://attacker.example/certificate",
        "x5c": ["MIIB"],
    }
    forged = attacker.sign(claims(now), **{member: offered[member]})
    assert "signature" in refused(forged, now)


def test_another_key_is_refused(now: datetime) -> None:
    assert "no registered key" in refused(ClientKey.make("ES256", "unknown").sign(claims(now)), now)
    assert "signature" in refused(ClientKey.make("ES256", KEY.kid).sign(claims(now)), now)


def test_a_changed_object_is_refused(now: datetime) -> None:
    header, _, signature = KEY.sign(claims(now)).split(".")
    _, other, _ = KEY.sign(claims(now, scope="openid email")).split(".")
    assert "signature" in refused(f"{header}.{other}.{signature}", now)


@pytest.mark.parametrize("extra", [{"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}, {"typ": 1}])
def test_extensions_are_refused(now: datetime, extra: dict[str, Any]) -> None:
    """RFC 7515 §4.1.11."""
    refused(sign_text(json.dumps(claims(now)), **extra), now)


@pytest.mark.parametrize(
    "unverified_jwt",
    ["", ".", "..", "...", "a.b.c", "a.b.c.d.e", "\u00fc.b.c", "e30.e30.", "x" * 8193, "\x00.\x00.\x00"],
    ids=ascii,
)
def test_what_is_no_jwt_is_refused(now: datetime, unverified_jwt: str) -> None:
    """Five parts would be an encrypted object, which is not supported."""
    refused(unverified_jwt, now)


@pytest.mark.parametrize(
    "payload", ["[" * 3000, '{"a":' * 1200 + "1" + "}" * 1200, "[]", '"x"', "{", "1" * 5000]
)
def test_a_payload_that_is_no_plain_object_is_refused(now: datetime, payload: str) -> None:
    """Deeply nested JSON exhausts nothing but our patience."""
    refused(sign_text(payload), now)


def test_what_goes_deep_is_refused(now: datetime) -> None:
    """Counted before it is parsed."""
    deep: dict[str, Any] = {}
    for _ in range(12):
        deep = {"a": deep}
    assert "too deep" in refused(KEY.sign(claims(now, claims=deep)), now)
    assert read_it(KEY.sign(claims(now, claims=deep["a"]["a"])), now)


def test_a_name_that_stands_twice_is_refused(now: datetime) -> None:
    """RFC 7519 §4: each reader would believe another one."""
    text = json.dumps(claims(now))
    refused(sign_text('{"client_id": "another", ' + text[1:]), now)


@pytest.mark.parametrize("client_id", ["another", "", None, 1, ["casework"]])
def test_it_names_its_client(now: datetime, client_id: Any) -> None:
    """RFC 9101 §5: inside the same as outside."""
    assert "client_id" in refused(KEY.sign(claims(now, client_id=client_id)), now)


@pytest.mark.parametrize("issuer", ["another", 1, ["casework"]])
def test_its_issuer_is_the_client(now: datetime, issuer: Any) -> None:
    assert "iss" in refused(KEY.sign(claims(now, iss=issuer)), now)
    assert read_it(KEY.sign(claims(now, iss=None)), now)


@pytest.mark.parametrize("audience", ["https://other.example", f"{ISSUER}/", None, 1, [], {}])
def test_it_is_meant_for_us(now: datetime, audience: Any) -> None:
    """RFC 9101 §10.2: an object for another server is not good here (mix-up)."""
    assert "aud" in refused(KEY.sign(claims(now, aud=audience)), now)


def test_the_audience_may_be_an_array(now: datetime) -> None:
    assert read_it(KEY.sign(claims(now, aud=["https://other.example", ISSUER])), now)


@pytest.mark.parametrize("nested", ["request", "request_uri"])
def test_it_holds_no_other(now: datetime, nested: str) -> None:
    """RFC 9101 §4."""
    assert "another" in refused(KEY.sign(claims(now, **{nested: "https://casework.example/r"})), now)


@pytest.mark.parametrize(
    "times",
    [
        {"exp": None},
        {"exp": 0},
        {"exp": 3601},
        {"iat": 11},
        {"nbf": 11},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": 1e400},
    ],
    ids=str,
)
def test_its_times_are_checked(now: datetime, times: dict[str, Any]) -> None:
    """RFC 7519 §4.1.4 to §4.1.6; an hour at most, because for so long it is remembered."""
    moment = {
        name: int(now.timestamp()) + value if type(value) is int else value for name, value in times.items()
    }
    refused(KEY.sign(claims(now, **moment)), now)


def test_a_clock_may_run_ahead_a_little(now: datetime) -> None:
    ahead = int(now.timestamp()) + 8
    assert read_it(KEY.sign(claims(now, iat=ahead, nbf=ahead)), now)


def test_who_came_in_time_may_take_longer_to_sign_in(now: datetime) -> None:
    signed = KEY.sign(claims(now))
    later = now + timedelta(minutes=30)
    refused(signed, later)
    assert read_it(signed, later, came_at=now)


def test_a_document_may_last(now: datetime) -> None:
    """Its client takes it away when it means it no more; an ``exp`` that is there counts."""
    assert read_it(KEY.sign(claims(now, exp=None)), now, may_last=True).expires_at is None
    assert read_it(KEY.sign(claims(now, exp=int(now.timestamp()) + 86400)), now, may_last=True)
    refused(KEY.sign(claims(now)), now + timedelta(hours=1), may_last=True)


@pytest.mark.parametrize(
    "times", [{"nbf": None}, {"nbf": -3600}, {"nbf": -30, "exp": 3571}, {"exp": None}], ids=str
)
def test_fapi2_wants_a_short_life(now: datetime, times: dict[str, int | None]) -> None:
    """FAPI 2.0 Message Signing §5.3.1: nbf at most an hour ago, exp at most an hour after it."""
    client = replace(CLIENT, profile="fapi2")
    moments = {
        name: value if value is None else int(now.timestamp()) + value for name, value in times.items()
    }
    refused(KEY.sign(claims(now, **moments)), now, client, may_last=True)


def test_numbers_and_objects_become_parameters(now: datetime) -> None:
    """RFC 9101 §4: ``max_age`` is a number there, ``claims`` an object; several resources are an array."""
    given = {
        "max_age": 60,
        "claims": {"userinfo": {"name": None}},
        "resource": ["urn:a:b", "urn:c:d"],
        "nonce": None,
    }
    parameters = read_it(KEY.sign(claims(now, **given)), now).parameters
    assert parameters.find("max_age") == "60"
    assert json.loads(parameters.find("claims") or "") == given["claims"]
    assert parameters.find_all("resource") == ("urn:a:b", "urn:c:d")
    assert parameters.find("nonce") is None
    assert parameters.find("aud") is None


@pytest.mark.parametrize(
    "wrong",
    [
        *({"scope": ["openid"]}, {"prompt": {"none": True}}, {"state": True}, {"max_age": 1.5}),
        *(
            {"state": "\x00"},
            {"state": "\ud800"},
            {"resource": [1.5]},
            {"redirect_uri": ["https://a.example"]},
        ),
    ],
    ids=ascii,
)
def test_a_parameter_of_the_wrong_kind_is_refused(now: datetime, wrong: dict[str, Any]) -> None:
    """Passing it over would turn what was signed into something else."""
    assert "must be text" in refused(KEY.sign(claims(now, **wrong)), now)


def test_only_parameters_that_we_know_are_named(now: datetime) -> None:
    """Nobody has signed it when it is read, and the client's owner reads the refusal."""
    forged = ClientKey.make("ES256", "unknown")
    assert ": max_age must be text" in refused(forged.sign(claims(now, max_age=1.5)), now)
    assert ": a parameter must be text" in refused(forged.sign(claims(now, call_0123=1.5)), now)


def test_a_jti_must_be_text(now: datetime) -> None:
    assert "jti" in refused(KEY.sign(claims(now, jti=7)), now)


def test_one_object_is_known_by_its_jti_however_it_is_signed(now: datetime) -> None:
    """A second signature of ECDSA makes no second object."""
    same = {"jti": "one"}
    one = read_it(KEY.sign(claims(now, **same)), now)
    other = read_it(KEYS["EdDSA"].sign(claims(now, **same, state="x")), now)
    assert one.object_hash == other.object_hash
    without = claims(now, jti=None)
    assert read_it(KEY.sign(without), now).object_hash == read_it(KEY.sign(without), now).object_hash


def sign_text(payload: str, **header: Any) -> str:
    """A good signature over any payload and header, as no library would make it."""
    shown = {"alg": KEY.algorithm, "kid": KEY.kid, **header}
    parts = [urlsafe_b64encode(part.encode()).decode() for part in (json.dumps(shown), payload)]
    signature = JWSRegistry.algorithms[KEY.algorithm].sign(".".join(parts).encode(), KEY.key)
    return ".".join([*parts, urlsafe_b64encode(signature).decode()])

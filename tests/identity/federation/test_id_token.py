"""ID tokens of departments' providers: what proves an account there, and what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from identity.acr import LADDER
from identity.clients.client_keys import choose_key
from identity.federation.errors import UpstreamAnswerInvalid
from identity.federation.kinds import UpstreamIdentity
from identity.federation.models import UpstreamProvider
from identity.federation.openid.id_token import verify
from identity.keys.public_key import PublicKey
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.upstreams import CLIENT_ID, ISSUER, NONCE, id_token_claims

NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
RSA = ClientKey.make("RS256", "rsa")
OTHER = ClientKey.make("RS256", "rsa")
ELLIPTIC = ClientKey.make("ES256", "elliptic")
SYMMETRIC = ClientKey.make("HS256", "rsa")


def provider(**changes: Any) -> UpstreamProvider:
    chosen = {
        "organisation_id": uuid4(),
        "name": "HMRC account",
        "issuer": ISSUER,
        "client_id": CLIENT_ID,
        "token_endpoint_auth_method": "private_key_jwt",
        "ceiling": LADDER[-1],
        "proposed_by": uuid4(),
        "proposed_at": NOW,
        **changes,
    }
    return UpstreamProvider(**chosen)


def published(kid: str | None, algorithm: str) -> PublicKey | None:
    return choose_key(jwks(RSA, ELLIPTIC), kid, algorithm)


def judge(token: str, asked: UpstreamProvider | None = None) -> UpstreamIdentity:
    return verify(token, asked or provider(), NONCE, published, NOW)


def signed(key: ClientKey = RSA, header: dict[str, Any] | None = None, **changes: Any) -> str:
    return key.sign(id_token_claims(NOW, **changes), **(header or {}))


@pytest.mark.parametrize("key", [RSA, ELLIPTIC], ids=["RS256", "ES256"])
def test_a_good_token_names_the_account(key: ClientKey) -> None:
    found = judge(signed(key, acr="gold", amr=["pwd", "otp"], auth_time=int(NOW.timestamp()) - 60))
    assert (found.issuer, found.subject, found.acr, found.amr) == (
        ISSUER,
        "account-1",
        "gold",
        ("pwd", "otp"),
    )
    assert found.auth_time == NOW - timedelta(minutes=1)


def test_a_token_without_kid_is_judged_by_the_only_key_that_fits() -> None:
    assert judge(signed(header={"kid": None})).subject == "account-1"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": "https://login.attacker.example"}, id="another issuer"),
        pytest.param({"iss": ISSUER + "/"}, id="almost the issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"aud": "another-client"}, id="another audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"aud": [CLIENT_ID, "another-client"]}, id="several audiences and no party"),
        pytest.param({"azp": "another-client"}, id="another party"),
        pytest.param({"nonce": "another-nonce"}, id="another nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"nonce": 1}, id="a nonce that is no text"),
        pytest.param({"exp": int(NOW.timestamp()) - 31}, id="expired"),
        pytest.param({"exp": None}, id="no expiry"),
        pytest.param({"iat": int(NOW.timestamp()) + 60}, id="issued in the future"),
        pytest.param({"iat": int(NOW.timestamp()) - 601}, id="issued long ago"),
        pytest.param({"iat": None}, id="issued at no time"),
        pytest.param({"sub": None}, id="no account"),
        pytest.param({"sub": ""}, id="an empty account"),
        pytest.param({"sub": "x" * 256}, id="an account too long"),
        pytest.param({"sub": 7}, id="an account that is no text"),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UpstreamAnswerInvalid):
        judge(signed(**changes))


@pytest.mark.parametrize(
    ("key", "header"),
    [
        pytest.param(OTHER, {}, id="a key that is not published"),
        pytest.param(SYMMETRIC, {"alg": "HS256"}, id="a symmetric algorithm"),
        pytest.param(RSA, {"kid": "unknown"}, id="an unknown kid"),
        pytest.param(RSA, {"typ": "at+jwt"}, id="an access token"),
        pytest.param(RSA, {"typ": "logout+jwt"}, id="a logout token"),
        pytest.param(OTHER, {"jwk": OTHER.public}, id="a key of its own in the header"),
    ],
)
def test_a_token_that_nobody_we_know_signed_is_refused(key: ClientKey, header: dict[str, Any]) -> None:
    with pytest.raises(UpstreamAnswerInvalid):
        judge(signed(key, header))


def test_an_unsigned_token_is_refused() -> None:
    unsigned = ClientKey("rsa", "none", SYMMETRIC.key).sign(id_token_claims(NOW))
    with pytest.raises(UpstreamAnswerInvalid):
        judge(unsigned)


@pytest.mark.parametrize("text", ["", "a.b.c", "no token", "x" * 20_000, "é.é.é"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(UpstreamAnswerInvalid):
        judge(text)


def test_at_entra_id_the_tenant_is_exact_and_the_account_is_the_object_id() -> None:
    entra = provider(subject_claim="oid", tenant="tenant-1")
    assert judge(signed(oid="object-1", tid="tenant-1"), entra).subject == "tenant-1/object-1"
    for wrong in ({"oid": "object-1", "tid": "tenant-2"}, {"oid": "object-1"}, {"tid": "tenant-1"}):
        with pytest.raises(UpstreamAnswerInvalid):
            judge(signed(**wrong), entra)


def test_a_moment_of_signing_in_that_lies_ahead_counts_as_now() -> None:
    assert judge(signed(auth_time=int(NOW.timestamp()) + 3600)).auth_time == NOW

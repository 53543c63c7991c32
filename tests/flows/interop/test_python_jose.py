"""python-jose verifies every kind of token of the provider, each with exactly the one JWK that it names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from jose import jwt
from jose.exceptions import JOSEError
from playwright.sync_api import Page

from examples.department_app.verifier import TokenRefused, TokenVerifier
from tests.flows.interop.openid_client import RelyingParty
from tests.support.provider import ServedProvider


class PublishedKeys:
    """The keys as the provider publishes them at this moment."""

    def __init__(self, issuer: str) -> None:
        metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
        self._keys = requests.get(metadata["jwks_uri"], timeout=10).json()["keys"]

    def find(self, kid: str) -> dict[str, Any] | None:
        """The one key of this name, or none."""
        found = [key for key in self._keys if key["kid"] == kid]
        return found[0] if len(found) == 1 else None


@pytest.fixture
def keys(provider: ServedProvider) -> PublishedKeys:
    return PublishedKeys(provider.issuer)


@pytest.fixture
def verifier(provider: ServedProvider, app: RelyingParty, keys: PublishedKeys) -> TokenVerifier:
    """What a department's app verifies with."""
    return TokenVerifier(provider.issuer, app.client_id, "RS256", keys, lambda: datetime.now(UTC))


@pytest.fixture
def logout_token(provider: ServedProvider, app: RelyingParty, signed_in: dict[str, Any], page: Page) -> str:
    """What the relying party is told when the person signs out there."""
    app.open(page, "/sign-out")
    app.shown(page, "/signed-out")
    provider.deliver_logouts()
    app.open(page, "/logout-tokens")
    (token,) = app.shown(page, "/logout-tokens")["tokens"]
    return str(token)


def test_id_token(verifier: TokenVerifier, signed_in: dict[str, Any]) -> None:
    tokens, claims = signed_in["tokens"], signed_in["claims"]
    verified = verifier.id_token(
        tokens["id_token"], nonce=claims["nonce"], access_token=tokens["access_token"]
    )
    assert verified.claims == claims


def test_access_token(
    provider: ServedProvider, app: RelyingParty, keys: PublishedKeys, signed_in: dict[str, Any]
) -> None:
    """An at+jwt of at most five minutes for userinfo (RFC 9068 §2)."""
    token = signed_in["tokens"]["access_token"]
    header = jwt.get_unverified_header(token)
    key = keys.find(header["kid"])
    claims = jwt.decode(
        token,
        key,
        algorithms=["ES256"],
        audience=f"{provider.issuer}/userinfo",
        issuer=provider.issuer,
        options={f"require_{name}": True for name in ("aud", "iat", "exp", "iss", "sub", "jti")},
    )
    assert header["typ"] == "at+jwt"
    assert claims["client_id"] == app.client_id
    assert claims["sub"] == signed_in["claims"]["sub"]
    assert 0 < claims["exp"] - claims["iat"] <= 300


def test_logout_token(verifier: TokenVerifier, signed_in: dict[str, Any], logout_token: str) -> None:
    """It names the session and the person of the ID token (Back-Channel Logout §2.4)."""
    verified = verifier.logout_token(logout_token)
    assert (verified.sub, verified.sid) == (signed_in["claims"]["sub"], signed_in["claims"]["sid"])


def test_no_token_passes_for_another(
    verifier: TokenVerifier, keys: PublishedKeys, signed_in: dict[str, Any], logout_token: str
) -> None:
    """Each type is its own, and signatures hold for one key alone (RFC 8725 §3.11)."""
    tokens, nonce = signed_in["tokens"], signed_in["claims"]["nonce"]
    for other in (tokens["access_token"], logout_token):
        with pytest.raises(TokenRefused):
            verifier.id_token(other, nonce=nonce, access_token=tokens["access_token"])
    for other in (tokens["access_token"], tokens["id_token"]):
        with pytest.raises(TokenRefused):
            verifier.logout_token(other)
    wrong_key = keys.find(jwt.get_unverified_header(tokens["access_token"])["kid"])
    with pytest.raises(JOSEError):
        jwt.decode(tokens["id_token"], wrong_key, algorithms=["RS256", "ES256"])

"""Whether a token may be believed: the one check that every token of the provider passes here.

python-jose verifies the signature and nothing else. Left to itself it ignores `kid` in a mixed key set, takes
any algorithm it is not forbidden, and accepts tokens without `exp` or `aud` and with critical headers, so all
of that is decided here: one fixed algorithm, exactly one key as a JWK, and each claim by its own rule.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NoReturn, Protocol

from jose import jws
from jose.exceptions import JOSEError
from jose.utils import calculate_at_hash

LEEWAY = timedelta(seconds=30)
MAX_ID_TOKEN_AGE = timedelta(minutes=10)
MAX_LOGOUT_TOKEN_AGE = timedelta(minutes=5)
MAX_TOKEN_LENGTH = 16_384
MIN_RSA_MODULUS_CHARACTERS = 342  # 2048 bits in base64url
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
ID_TOKEN_TYPES = frozenset({None, "jwt"})
LOGOUT_TOKEN_TYPES = frozenset({"logout+jwt"})
PUBLIC_MEMBERS = {"RS256": ("kty", "n", "e"), "ES256": ("kty", "crv", "x", "y")}
FIXED_MEMBERS = {"RS256": {"kty": "RSA"}, "ES256": {"kty": "EC", "crv": "P-256"}}


class TokenRefused(Exception):
    """The token is not to be believed; `args[0]` says why, for the log only."""


class KeySource(Protocol):
    """Where the verifier finds the one key that a token names."""

    def find(self, kid: str) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True)
class IdToken:
    """A verified ID token (OpenID Connect Core 1.0 §2): whom, in which session, and all the claims."""

    sub: str
    sid: str | None
    issued_at: int
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class LogoutToken:
    """A verified logout token (OpenID Connect Back-Channel Logout 1.0 §2.4); `sub` or `sid` is there."""

    jti: str
    sub: str | None
    sid: str | None
    issued_at: int


@dataclass(frozen=True)
class TokenVerifier:
    """Verifies tokens that one issuer made for one client. Raises TokenRefused, KeysUnavailable."""

    issuer: str
    client_id: str
    algorithm: str
    keys: KeySource
    now: Callable[[], datetime]

    def id_token(self, unverified_token: str, *, nonce: str, access_token: str) -> IdToken:
        """Verify an ID token that came with `access_token` (OpenID Connect Core 1.0 §3.1.3.7)."""
        claims = self._signed_claims(unverified_token, ID_TOKEN_TYPES)
        sub = _text(claims, "sub")
        self._check_audience(claims)
        self._check_times(claims, MAX_ID_TOKEN_AGE)
        if _text(claims, "nonce") != nonce:
            _refuse("nonce is not the one that was sent")
        if "at_hash" in claims and claims["at_hash"] != calculate_at_hash(access_token, sha256):
            _refuse("at_hash does not fit the access token")
        return IdToken(sub, _optional_text(claims, "sid"), claims["iat"], claims)

    def logout_token(self, unverified_token: str) -> LogoutToken:
        """Verify a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6).

        Whether its `jti` was seen before, the storage says in the transaction that ends the sessions.
        """
        claims = self._signed_claims(unverified_token, LOGOUT_TOKEN_TYPES)
        self._check_audience(claims)
        self._check_times(claims, MAX_LOGOUT_TOKEN_AGE)
        events = claims.get("events")
        if not isinstance(events, dict) or len(events) != 1 or not isinstance(events.get(LOGOUT_EVENT), dict):
            _refuse("events is not exactly one logout event")
        if "nonce" in claims:
            _refuse("a logout token must have no nonce")
        sub, sid = _optional_text(claims, "sub"), _optional_text(claims, "sid")
        if sub is None and sid is None:
            _refuse("neither sub nor sid")
        return LogoutToken(_text(claims, "jti"), sub, sid, claims["iat"])

    def _signed_claims(self, unverified_token: str, types: frozenset[str | None]) -> Mapping[str, Any]:
        """The claims, once type, algorithm, key and signature are right; `jku`, `jwk`, `x5*` are not read."""
        if len(unverified_token) > MAX_TOKEN_LENGTH or unverified_token.count(".") != 2:
            _refuse("not a compact signed token")
        try:
            unverified_header = jws.get_unverified_header(unverified_token)
        except (JOSEError, ValueError, RecursionError) as error:
            raise TokenRefused("the header cannot be read") from error
        key = self._key(unverified_header, types)
        try:
            payload = json.loads(jws.verify(unverified_token, key, algorithms=[self.algorithm]))
        except (JOSEError, ValueError, TypeError, RecursionError) as error:
            raise TokenRefused("the signature is wrong or the claims cannot be read") from error
        if not isinstance(payload, dict):
            _refuse("the claims are not an object")
        return payload

    def _key(self, unverified_header: Mapping[str, Any], types: frozenset[str | None]) -> dict[str, str]:
        """Exactly the one JWK that the header names, only its public members (RFC 7515 §4.1, RFC 7517 §4)."""
        if unverified_header.get("alg") != self.algorithm:
            _refuse("alg is not the agreed one")
        if "crit" in unverified_header:
            _refuse("no critical header is understood here")
        if _type(unverified_header) not in types:
            _refuse("typ is another token's")
        kid = unverified_header.get("kid")
        if not isinstance(kid, str) or not kid:
            _refuse("kid is missing")
        jwk = self.keys.find(kid)
        if jwk is None:
            _refuse("kid names no key of the issuer, or several")
        if jwk.get("use", "sig") != "sig" or jwk.get("alg", self.algorithm) != self.algorithm:
            _refuse("the key is for another use")
        if any(jwk.get(member) != value for member, value in FIXED_MEMBERS[self.algorithm].items()):
            _refuse("the key is of another type than the algorithm")
        public = {member: jwk.get(member) for member in PUBLIC_MEMBERS[self.algorithm]}
        if not all(isinstance(value, str) for value in public.values()):
            _refuse("the key is incomplete")
        if self.algorithm == "RS256" and len(str(public["n"])) < MIN_RSA_MODULUS_CHARACTERS:
            _refuse("the key is too short")
        return {member: str(value) for member, value in public.items()}

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        if _text(claims, "iss") != self.issuer:
            _refuse("iss is another issuer")
        audience = claims.get("aud")
        audiences = [audience] if isinstance(audience, str) else audience
        if not isinstance(audiences, list) or self.client_id not in audiences:
            _refuse("aud is not this client")
        if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != self.client_id:
            _refuse("azp is not this client")

    def _check_times(self, claims: Mapping[str, Any], max_age: timedelta) -> None:
        now, leeway = int(self.now().timestamp()), int(LEEWAY.total_seconds())
        if _seconds(claims, "exp") + leeway <= now:
            _refuse("expired")
        if _seconds(claims, "iat") - leeway > now:
            _refuse("issued in the future")
        if _seconds(claims, "iat") + max_age.total_seconds() + leeway < now:
            _refuse("issued too long ago")
        if "nbf" in claims and _seconds(claims, "nbf") - leeway > now:
            _refuse("not valid yet")


def _refuse(reason: str) -> NoReturn:
    raise TokenRefused(reason)


def _type(unverified_header: Mapping[str, Any]) -> str | None:
    """The token's type, without the prefix that RFC 7515 §4.1.9 lets one leave out; None when it has none."""
    typ = unverified_header.get("typ")
    return None if typ is None else str(typ).lower().removeprefix("application/")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        _refuse(f"{name} is missing or not a text")
    return value


def _optional_text(claims: Mapping[str, Any], name: str) -> str | None:
    return _text(claims, name) if name in claims else None


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(f"{name} is missing or not whole seconds")
    return value

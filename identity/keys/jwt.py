"""Signed JSON Web Tokens: made through a `Signer`, verified strictly (RFC 7515, RFC 7519, RFC 8725)."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NewType

from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact
from joserfc.jwt import JWTClaimsRegistry
from joserfc.registry import JWS_HEADER_REGISTRY
from joserfc.util import json_b64encode, urlsafe_b64decode, urlsafe_b64encode

from identity.keys.errors import ExpiredJWT, InvalidJWT
from identity.keys.public_key import PublicKey
from identity.keys.signer import Signer

SignedClaims = NewType("SignedClaims", dict[str, Any])
"""Claims whose signature and every asked check held."""

MAX_TOKEN_CHARACTERS = 16_384
REQUIRED_CLAIMS = ("iss", "sub", "aud", "exp", "iat")
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class _StrictRegistry(JWSRegistry):
    # Nothing else may stand in a header: `crit`, `b64`, `jwk`, `jku` and `x5u` are refused (RFC 8725 §3.10).
    default_header_registry = {name: JWS_HEADER_REGISTRY[name] for name in ("alg", "kid", "typ")}
    max_payload_length = MAX_TOKEN_CHARACTERS


_REGISTRY = _StrictRegistry()


def encode(claims: Mapping[str, Any], *, signer: Signer, typ: str) -> str:
    """A compact JWS with the header `alg`, `kid`, `typ`. Claims are JSON values; times are whole seconds.

    Raises TypeError or ValueError when a claim is not JSON.
    """
    header = _header(signer.algorithm, signer.kid, typ)
    signing_input = header + b"." + urlsafe_b64encode(_as_json(claims).encode("utf-8"))
    return (signing_input + b"." + urlsafe_b64encode(signer.sign(signing_input))).decode("ascii")


@lru_cache(maxsize=64)
def _header(algorithm: str, kid: str, typ: str) -> bytes:
    """The same for all tokens of a key and a kind."""
    return json_b64encode({"alg": algorithm, "kid": kid, "typ": typ})


def decode(
    unverified_jwt: str,
    *,
    keys: Mapping[str, PublicKey],
    algorithms: Collection[str],
    typ: str,
    issuer: str,
    audience: str | None,
    now: datetime,
    leeway: timedelta = timedelta(0),
    required: Collection[str] = REQUIRED_CLAIMS,
    allow_expired: bool = False,
) -> SignedClaims:
    """The claims of a token that one of our published keys signed, every check passed.

    `audience` None leaves that comparison to the caller, who learns the client from the token itself; the
    claim must be there all the same if required. `allow_expired` is for an ID token that comes back as a hint
    (OpenID Connect RP-Initiated Logout 1.0 §2): `exp` must be a number but may be past.
    Raises ExpiredJWT, InvalidJWT.
    """
    if not algorithms:
        raise ValueError("name the algorithms that are accepted")
    try:
        unverified = _read(unverified_jwt, typ)
        claims = _verify(unverified, keys, algorithms)
        _check_claims(claims, issuer, audience, now, leeway, required, allow_expired)
    except ExpiredTokenError as error:
        raise ExpiredJWT("the token has expired") from error
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidJWT(f"the token is malformed or a claim is wrong ({type(error).__name__})") from error
    return SignedClaims(claims)


def judge_claims(
    claims: dict[str, Any],
    *,
    issuer: str,
    audience: str,
    now: datetime,
    leeway: timedelta,
    required: Collection[str] = REQUIRED_CLAIMS,
) -> SignedClaims:
    """The claims of somebody else's token, judged as our own are.

    That the signature holds is for the caller to see to before they count. Raises ExpiredJWT, InvalidJWT.
    """
    try:
        _check_claims(claims, issuer, audience, now, leeway, required, allow_expired=False)
    except ExpiredTokenError as error:
        raise ExpiredJWT("the token has expired") from error
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidJWT(f"a claim is wrong ({type(error).__name__})") from error
    return SignedClaims(claims)


def numeric_date(moment: datetime) -> int:
    """A moment as JWT writes it: whole seconds since 1970 (RFC 7519 §2). Raises ValueError when naive."""
    if moment.utcoffset() is None:
        raise ValueError("a moment needs its time zone")
    return int(moment.timestamp())


def _read(unverified_jwt: str, typ: str) -> CompactSignature:
    """Take the token apart and check its header; the signature is not looked at yet."""
    if len(unverified_jwt) > MAX_TOKEN_CHARACTERS:
        raise InvalidJWT("the token is too long")
    unverified = extract_compact(unverified_jwt.encode("ascii"), registry=_REGISTRY)
    header = unverified.headers()
    _REGISTRY.check_header(header)
    if str(header.get("typ", "")).lower().removeprefix("application/") != typ.lower():
        raise InvalidJWT(f"the token's typ is not {typ}")
    return unverified


def _verify(
    unverified: CompactSignature, keys: Mapping[str, PublicKey], algorithms: Collection[str]
) -> dict[str, Any]:
    header = unverified.headers()
    key = keys.get(header.get("kid", ""))
    if key is None:
        raise InvalidJWT("the token's kid is not one of the keys")
    # The key decides the algorithm, the caller which are accepted; the header may only agree (RFC 8725 §3.1).
    if key.algorithm not in algorithms or header["alg"] != key.algorithm:
        raise InvalidJWT("the token's algorithm is not accepted for its key")
    signing_input = unverified.segments["header"] + b"." + unverified.segments["payload"]
    if not key.verify(signing_input, urlsafe_b64decode(unverified.segments["signature"])):
        raise InvalidJWT("the signature does not verify")
    claims = json.loads(unverified.payload or b"")
    if not isinstance(claims, dict):
        raise InvalidJWT("the payload is not an object")
    return claims


def _check_claims(
    claims: dict[str, Any],
    issuer: str,
    audience: str | None,
    now: datetime,
    leeway: timedelta,
    required: Collection[str],
    allow_expired: bool,
) -> None:
    missing = [name for name in required if claims.get(name) is None]
    if missing:
        raise InvalidJWT(f"the token lacks {', '.join(missing)}")
    registry = JWTClaimsRegistry(
        now=numeric_date(now),
        leeway=int(leeway.total_seconds()),
        iss={"essential": True, "value": issuer},
        aud={"essential": audience is not None, **({"value": audience} if audience is not None else {})},
    )
    # Expiry is judged last, so that ExpiredJWT means that all the rest was in order.
    registry.validate({name: value for name, value in claims.items() if name != "exp"})
    if "exp" not in claims:
        return
    try:
        registry.validate_exp(claims["exp"])
    except ExpiredTokenError:
        if not allow_expired:
            raise

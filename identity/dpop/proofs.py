"""What a DPoP proof proves: that this very request comes from who has a certain key (RFC 9449 §4.3)."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from joserfc.util import urlsafe_b64decode

from identity.dpop.errors import InvalidDPoPProofError
from identity.keys.errors import UnsupportedAlgorithm
from identity.keys.public_key import PublicKey
from identity.keys.unverified_jwk import is_secret, read_unverified_jwk

TYPE = "dpop+jwt"
ALGORITHMS = ("PS256", "ES256", "EdDSA")
"""FAPI 2.0 Security Profile §5.4.1, for every client: DPoP is too young for clients that know RS256 alone."""
AHEAD = timedelta(seconds=10)
"""How far a client's clock may run ahead of ours."""
BEHIND = timedelta(seconds=12)
"""How far it may run behind: ten seconds, and two for the way and for whole seconds."""
MAX_CHARACTERS = 8192
LATEST = 1e12
"""Seconds; beyond it there are no dates."""
# RFC 9864 gives Ed25519 this name from now on; both mean the same.
_OTHER_NAMES = {"Ed25519": "EdDSA"}
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_URI = re.compile(r"[\x21-\x7e]{1,2000}")
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Proof:
    """A proof that holds for this request. It counts once: see ``spent_proofs``."""

    jkt: str
    """The key's thumbprint (RFC 7638)."""
    jti: str
    nonce: str | None
    """What it says to have from us; the caller sees whether that is so."""
    expires_at: datetime
    """From then on it is refused for its age alone."""


def check(
    unverified_proof: str, *, method: str, uri: str, now: datetime, access_token: str | None = None
) -> Proof:
    """Accept the proof of a request with this method to this address, and with this access token if any.

    The claims are checked before the signature, because that costs the most.
    Raises InvalidDPoPProofError. Whether it was used before, and its nonce, the caller checks.
    """
    if len(unverified_proof) > MAX_CHARACTERS or not _COMPACT.fullmatch(unverified_proof):
        raise InvalidDPoPProofError("the DPoP header must hold exactly one proof, a signed JWT")
    header_part, payload_part, signature_part = unverified_proof.split(".")
    try:
        header, claims = _object(header_part), _object(payload_part)
        signature = urlsafe_b64decode(signature_part.encode())
    except (ValueError, RecursionError):
        raise InvalidDPoPProofError("the proof is not a JWT") from None
    key = _key(header)
    _check_request(claims, method, uri, access_token)
    issued_at = _check_moments(claims, now)
    jti, nonce = claims.get("jti"), claims.get("nonce")
    if not isinstance(jti, str) or not jti:
        raise InvalidDPoPProofError("jti is required")
    if nonce is not None and not isinstance(nonce, str):
        raise InvalidDPoPProofError("nonce must be text")
    if not key.verify(f"{header_part}.{payload_part}".encode(), signature):
        raise InvalidDPoPProofError("the signature does not verify with the key in the proof")
    return Proof(key.thumbprint, jti, nonce, issued_at + BEHIND)


def _object(part: str) -> dict[str, Any]:
    """Raises ValueError when this is not a JSON object in base64url."""
    value = json.loads(urlsafe_b64decode(part.encode()))
    if not isinstance(value, dict):
        raise ValueError
    return value


def _key(header: dict[str, Any]) -> PublicKey:
    """The key that the proof brings along; that it may is what sets ``dpop+jwt`` apart (RFC 9449 §4.2)."""
    if header.get("typ") != TYPE:
        raise InvalidDPoPProofError(f"typ must be {TYPE}")
    named = header.get("alg")
    algorithm = _OTHER_NAMES.get(named, named) if isinstance(named, str) else None
    if algorithm not in ALGORITHMS:
        raise InvalidDPoPProofError(f"alg must be one of {', '.join(ALGORITHMS)}")
    if "crit" in header or "b64" in header:
        raise InvalidDPoPProofError("the proof's header has extensions that are not known here")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict) or is_secret(jwk):
        raise InvalidDPoPProofError("jwk must be a public key, without a private part")
    try:
        return read_unverified_jwk({name: jwk[name] for name in jwk if name != "kid"}, algorithm)
    except UnsupportedAlgorithm:
        raise InvalidDPoPProofError("jwk is no key for this alg, or of an unusual size") from None


def _check_request(claims: dict[str, Any], method: str, uri: str, access_token: str | None) -> None:
    if claims.get("htm") != method:
        raise InvalidDPoPProofError("htm is not the method of this request")
    htu = claims.get("htu")
    if not isinstance(htu, str) or _normal(htu) != _normal(uri):
        raise InvalidDPoPProofError("htu is not the address of this request")
    if access_token is None:
        return
    digest = hashlib.sha256(access_token.encode()).digest()
    if claims.get("ath") != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
        raise InvalidDPoPProofError("ath is not the hash of the access token")


def _normal(uri: str) -> tuple[str, str, int | None, str] | None:
    """An address without query and fragment, compared as RFC 3986 §6.2.2 and §6.2.3 say; None for none."""
    try:
        parts = urlsplit(uri)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not _URI.fullmatch(uri) or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port, parts.path or "/"


def _check_moments(claims: dict[str, Any], now: datetime) -> datetime:
    """When it was made, which must be now (RFC 9449 §11.1); ``nbf`` and ``exp`` as RFC 7519 has them."""
    seconds = {name: _seconds(claims, name) for name in ("iat", "nbf", "exp")}
    issued_at, moment = seconds["iat"], now.timestamp()
    if issued_at is None:
        raise InvalidDPoPProofError("iat is required")
    if not -BEHIND.total_seconds() < issued_at - moment <= AHEAD.total_seconds():
        raise InvalidDPoPProofError("iat is not now")
    if (seconds["nbf"] or 0) - moment > AHEAD.total_seconds():
        raise InvalidDPoPProofError("nbf is ahead of our clock")
    if seconds["exp"] is not None and seconds["exp"] <= moment:
        raise InvalidDPoPProofError("the proof has expired")
    return datetime.fromtimestamp(issued_at, UTC)


def _seconds(claims: dict[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 §2); None when it is left out."""
    value = claims.get(name)
    if value is None:
        return None
    # The comparison refuses what is no number, too, and what no clock and no float can hold.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LATEST:
        raise InvalidDPoPProofError(f"{name} must be a number of seconds")
    return value

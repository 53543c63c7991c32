"""JWTs that others made with keys of their own, taken apart strictly; nothing is proved (RFC 7515, RFC 8725).

``jwk``, ``jku``, ``x5u`` and ``x5c`` in a header are not looked at (RFC 8725 §3.10): whoever judges the token
knows where its maker's keys are.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import extract_compact
from joserfc.util import urlsafe_b64decode

from identity.keys.algorithms import ALGORITHMS
from identity.keys.errors import InvalidJWT
from identity.keys.public_key import PublicKey
from identity.nesting import nesting

MAX_NESTING = 12


@dataclass(frozen=True)
class ForeignJWT:
    """A JWT taken apart; nothing of it is proved."""

    algorithm: str
    kid: str | None
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes

    def is_signed_by(self, key: PublicKey) -> bool:
        """Whether this key made the signature."""
        return key.algorithm == self.algorithm and key.verify(self.signing_input, self.signature)


def take_apart(unverified_jwt: str, types: Collection[str], longest: int) -> ForeignJWT:
    """Take apart a JWT of one of these types, in small letters; "" stands for none. Raises InvalidJWT.

    An access token, a logout token or a DPoP proof of the same key is of another type (RFC 8725 §3.11).
    """
    if len(unverified_jwt) > longest:
        raise InvalidJWT("it is too long")
    try:
        unverified = extract_compact(unverified_jwt.encode("ascii"))
        header = unverified.headers()
        payload = (unverified.payload or b"").decode()
        if nesting(payload) > MAX_NESTING:
            raise InvalidJWT("it is too deep")
        claims = json.loads(payload, object_pairs_hook=_unique)
        signature = urlsafe_b64decode(unverified.segments["signature"])
    except (JoseError, ValueError, TypeError, RecursionError):
        raise InvalidJWT("it is not a signed JWT") from None
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "")
    if not isinstance(claims, dict) or algorithm not in ALGORITHMS or "crit" in header or "b64" in header:
        raise InvalidJWT("its header or payload is not accepted")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in types:
        raise InvalidJWT("it is a token of another kind")
    if kid is not None and not isinstance(kid, str):
        raise InvalidJWT("kid must be text")
    signing_input = unverified.segments["header"] + b"." + unverified.segments["payload"]
    return ForeignJWT(algorithm, kid, claims, signing_input, signature)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7519 §4: a claim that stands twice says two things, and each reader would believe another."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return dict(pairs)

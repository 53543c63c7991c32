"""JWTs that clients make with their own keys: assertions and request objects (RFC 7515, RFC 7519, RFC 8725).

Keys come from the client's registration and nowhere else: ``jwk``, ``jku``, ``x5u`` and ``x5c`` in a header
are not looked at (RFC 8725 §3.10).
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import extract_compact
from joserfc.util import urlsafe_b64decode

from identity.clients import fapi2
from identity.clients.errors import InvalidClientJWT
from identity.clients.registry import RegisteredClient
from identity.keys.algorithms import ALGORITHMS
from identity.keys.public_key import PublicKey
from identity.nesting import nesting

MAX_CHARACTERS = 8192
MAX_NESTING = 12
MOST_SECONDS = 1e12
"""Beyond it there are no dates."""
AHEAD = timedelta(seconds=10)
"""How far a client's clock may run ahead of ours (FAPI 2.0 Security Profile §5.3.2.1)."""
LONGEST_LIFE = timedelta(hours=1)
"""A ``jti`` is remembered as long as its JWT is good, so that cannot be for ever."""

FindKey = Callable[[RegisteredClient, str | None, str], PublicKey | None]
"""The client's key with this ``kid`` for this algorithm."""


@dataclass(frozen=True)
class UnverifiedClientJWT:
    """A client's JWT taken apart; nothing of it is proved."""

    algorithm: str
    kid: str | None
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes


def take_apart(unverified_jwt: str, types: Collection[str]) -> UnverifiedClientJWT:
    """Take apart a JWT of one of these types, in small letters; "" stands for none. Raises InvalidClientJWT.

    An access token, a logout token or a DPoP proof of the same key is of another type (RFC 8725 §3.11).
    """
    if len(unverified_jwt) > MAX_CHARACTERS:
        raise InvalidClientJWT("it is too long")
    try:
        unverified = extract_compact(unverified_jwt.encode("ascii"))
        header = unverified.headers()
        payload = (unverified.payload or b"").decode()
        if nesting(payload) > MAX_NESTING:
            raise InvalidClientJWT("it is too deep")
        claims = json.loads(payload, object_pairs_hook=_unique)
        signature = urlsafe_b64decode(unverified.segments["signature"])
    except (JoseError, ValueError, TypeError, RecursionError):
        raise InvalidClientJWT("it is not a signed JWT") from None
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "")
    if not isinstance(claims, dict) or algorithm not in ALGORITHMS or "crit" in header or "b64" in header:
        raise InvalidClientJWT("its header or payload is not accepted")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in types:
        raise InvalidClientJWT("it is a token of another kind")
    if kid is not None and not isinstance(kid, str):
        raise InvalidClientJWT("kid must be text")
    signing_input = unverified.segments["header"] + b"." + unverified.segments["payload"]
    return UnverifiedClientJWT(algorithm, kid, claims, signing_input, signature)


def check_signature(unverified: UnverifiedClientJWT, client: RegisteredClient, find_key: FindKey) -> None:
    """See that one of the client's keys signed it. Raises InvalidClientJWT.

    Check the claims before, because finding the key may mean to fetch it.
    """
    key = find_key(client, unverified.kid, unverified.algorithm)
    if key is None:
        raise InvalidClientJWT("no registered key has this kid and fits the algorithm")
    if not key.verify(unverified.signing_input, unverified.signature):
        raise InvalidClientJWT("the signature does not verify")


def accepted_algorithms(client: RegisteredClient, registered: str | None) -> tuple[str, ...]:
    """The algorithms of a client's JWTs: the registered one, or all that its profile allows."""
    allowed = fapi2.ALGORITHMS if client.is_fapi2 else ALGORITHMS
    return allowed if registered is None else tuple({registered}.intersection(allowed))


def find_moment(claims: dict[str, Any], name: str) -> datetime | None:
    """A NumericDate (RFC 7519 §2); None when it is left out. Raises InvalidClientJWT."""
    value = claims.get(name)
    if value is None:
        return None
    # Compared, because a number of hundreds of digits is not even a float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST_SECONDS:
        raise InvalidClientJWT(f"{name} must be a number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidClientJWT(f"{name} is not a moment") from None


def check_begun(claims: dict[str, Any], now: datetime) -> None:
    """See that neither ``iat`` nor ``nbf`` is ahead of our clock. Raises InvalidClientJWT."""
    for name in ("iat", "nbf"):
        moment = find_moment(claims, name)
        if moment is not None and moment > now + AHEAD:
            raise InvalidClientJWT(f"{name} is ahead of our clock")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7519 §4: a claim that stands twice says two things, and each reader would believe another."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return dict(pairs)

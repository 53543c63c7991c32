"""JWTs that clients make with their own keys: assertions and request objects (RFC 7515, RFC 7519, RFC 8725).

Keys come from the client's registration and nowhere else: ``jwk``, ``jku``, ``x5u`` and ``x5c`` in a header
are not looked at (RFC 8725 §3.10).
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from identity.clients import fapi2
from identity.clients.errors import InvalidClientJWT
from identity.clients.registry import RegisteredClient
from identity.keys import foreign_jwt
from identity.keys.algorithms import ALGORITHMS
from identity.keys.errors import InvalidJWT
from identity.keys.foreign_jwt import ForeignJWT
from identity.keys.public_key import PublicKey

MAX_CHARACTERS = 8192
MOST_SECONDS = 1e12
"""Beyond it there are no dates."""
AHEAD = timedelta(seconds=10)
"""How far a client's clock may run ahead of ours (FAPI 2.0 Security Profile §5.3.2.1)."""
LONGEST_LIFE = timedelta(hours=1)
"""A ``jti`` is remembered as long as its JWT is good, so that cannot be for ever."""

FindKey = Callable[[RegisteredClient, str | None, str], PublicKey | None]
"""The client's key with this ``kid`` for this algorithm."""


def take_apart(unverified_jwt: str, types: Collection[str]) -> ForeignJWT:
    """Take apart a client's JWT of one of these types. Raises InvalidClientJWT."""
    try:
        return foreign_jwt.take_apart(unverified_jwt, types, MAX_CHARACTERS)
    except InvalidJWT as error:
        raise InvalidClientJWT(str(error)) from None


def check_signature(unverified: ForeignJWT, client: RegisteredClient, find_key: FindKey) -> None:
    """See that one of the client's keys signed it. Raises InvalidClientJWT.

    Check the claims before, because finding the key may mean to fetch it.
    """
    key = find_key(client, unverified.kid, unverified.algorithm)
    if key is None:
        raise InvalidClientJWT("no registered key has this kid and fits the algorithm")
    if not unverified.is_signed_by(key):
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

"""Assertions by which clients prove themselves: ``private_key_jwt`` (RFC 7523 §3, OpenID Connect Core §9).

Keys come from the client's registration and nowhere else: ``jwk``, ``jku``, ``x5u`` and ``x5c`` in a header
are not looked at (RFC 8725 §3.10).
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import extract_compact
from joserfc.util import urlsafe_b64decode
from sqlalchemy import delete
from sqlmodel import Session, col

from identity.clients.errors import InvalidAssertion
from identity.clients.models import SpentAssertion
from identity.clients.registry import RegisteredClient
from identity.keys.algorithms import ALGORITHMS
from identity.keys.public_key import PublicKey
from profiles.disclosure.once import insert_once

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FAPI2_ALGORITHMS = ("PS256", "ES256", "EdDSA")
"""FAPI 2.0 Security Profile §5.4.1."""
MAX_CHARACTERS = 8192
AHEAD = timedelta(seconds=10)
"""How far a client's clock may run ahead of ours (FAPI 2.0 Security Profile §5.3.2.1)."""
LONGEST_LIFE = timedelta(hours=1)
"""A ``jti`` is remembered as long as its assertion is good, so that cannot be for ever."""
# An access token, a logout token or a DPoP proof of the same key is no assertion (RFC 8725 §3.11).
_TYPES = frozenset({"", "jwt", "client-authentication+jwt"})

FindKey = Callable[[RegisteredClient, str | None, str], PublicKey | None]
"""The client's key with this ``kid`` for this algorithm."""


@dataclass(frozen=True)
class UnverifiedAssertion:
    """An assertion taken apart; nothing of it is proved."""

    algorithm: str
    kid: str | None
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes

    @property
    def client_id(self) -> str:
        """Whom it says to come from."""
        subject = self.claims.get("sub")
        return subject if isinstance(subject, str) else ""


@dataclass(frozen=True)
class ProvenAssertion:
    """The client's own statement; it counts once."""

    client_id: str
    jti: str
    expires_at: datetime


def read(unverified_jwt: str) -> UnverifiedAssertion:
    """Take an assertion apart. Raises InvalidAssertion."""
    if len(unverified_jwt) > MAX_CHARACTERS:
        raise InvalidAssertion("the assertion is too long")
    try:
        unverified = extract_compact(unverified_jwt.encode("ascii"))
        header, claims = unverified.headers(), json.loads(unverified.payload or b"")
        signature = urlsafe_b64decode(unverified.segments["signature"])
    except (JoseError, ValueError, TypeError, RecursionError):
        raise InvalidAssertion("the assertion is not a JWT") from None
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ", "")
    if not isinstance(claims, dict) or algorithm not in ALGORITHMS or "crit" in header or "b64" in header:
        raise InvalidAssertion("the assertion's header or payload is not accepted")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in _TYPES:
        raise InvalidAssertion("the assertion is a token of another kind")
    if kid is not None and not isinstance(kid, str):
        raise InvalidAssertion("kid must be text")
    signing_input = unverified.segments["header"] + b"." + unverified.segments["payload"]
    return UnverifiedAssertion(algorithm, kid, claims, signing_input, signature)


def verify(
    unverified: UnverifiedAssertion,
    client: RegisteredClient,
    find_key: FindKey,
    *,
    issuer: str,
    endpoints: frozenset[str],
    now: datetime,
) -> ProvenAssertion:
    """What the client says, its signature and every claim checked. Raises InvalidAssertion.

    The claims are checked first, because finding the key may mean to fetch it.
    """
    if unverified.algorithm not in accepted_algorithms(client):
        raise InvalidAssertion("the assertion's algorithm is not the registered one")
    audiences = {issuer} if client.profile == "fapi2" else {issuer, *endpoints}
    proven = _check_claims(unverified.claims, client.client_id, audiences, now)
    key = find_key(client, unverified.kid, unverified.algorithm)
    if key is None:
        raise InvalidAssertion("no registered key has this kid and fits the algorithm")
    if not key.verify(unverified.signing_input, unverified.signature):
        raise InvalidAssertion("the signature does not verify")
    return proven


def accepted_algorithms(client: RegisteredClient) -> tuple[str, ...]:
    """The algorithms of a client's assertions: the registered one, or all that its profile allows."""
    allowed = FAPI2_ALGORITHMS if client.profile == "fapi2" else ALGORITHMS
    registered = client.token_endpoint_auth_signing_alg
    return allowed if registered is None else tuple({registered}.intersection(allowed))


def spend(session: Session, proven: ProvenAssertion) -> bool:
    """Spend an assertion's ``jti``; of any number of uses at once, one is told True (RFC 7523 §3)."""
    values = {
        "client_id": proven.client_id,
        "jti_hash": hashlib.sha256(proven.jti.encode()).hexdigest(),
        "expires_at": proven.expires_at,
    }
    return insert_once(session, SpentAssertion, values)


def forget_expired(session: Session, now: datetime) -> None:
    """Forget the assertions that have expired: they are refused for that alone."""
    session.execute(delete(SpentAssertion).where(col(SpentAssertion.expires_at) <= now))


def _check_claims(
    claims: dict[str, Any], client_id: str, audiences: set[str], now: datetime
) -> ProvenAssertion:
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise InvalidAssertion("iss and sub must both be the client_id")
    # A string and no array: an assertion that is good at two servers lets one of them use it at the other.
    audience = claims.get("aud")
    if not isinstance(audience, str) or audience not in audiences:
        raise InvalidAssertion("aud must be the issuer, as a string")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise InvalidAssertion("jti is required")
    expires_at = _moment(claims, "exp")
    if expires_at is None or expires_at <= now:
        raise InvalidAssertion("the assertion has expired, or has no exp")
    if expires_at > now + LONGEST_LIFE:
        raise InvalidAssertion("exp is too far ahead")
    for name in ("iat", "nbf"):
        moment = _moment(claims, name)
        if moment is not None and moment > now + AHEAD:
            raise InvalidAssertion(f"{name} is ahead of our clock")
    return ProvenAssertion(client_id, jti, expires_at)


def _moment(claims: dict[str, Any], name: str) -> datetime | None:
    """A NumericDate (RFC 7519 §2); None when it is left out."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidAssertion(f"{name} must be a number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidAssertion(f"{name} is not a moment") from None

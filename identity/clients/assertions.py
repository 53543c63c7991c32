"""Assertions by which clients prove themselves: ``private_key_jwt`` (RFC 7523 §3, OpenID Connect Core §9)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from identity.clients.client_jwts import (
    LONGEST_LIFE,
    FindKey,
    accepted_algorithms,
    check_begun,
    check_signature,
    find_moment,
    take_apart,
)
from identity.clients.errors import InvalidClientJWT
from identity.clients.models import SpentAssertion
from identity.clients.registry import RegisteredClient
from identity.forgetting import BATCH, CLOCKS_APART, forget
from identity.keys.foreign_jwt import ForeignJWT
from profiles.disclosure.once import insert_once

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TYPES = frozenset({"", "jwt", "client-authentication+jwt"})


@dataclass(frozen=True)
class ProvenAssertion:
    """The client's own statement; it counts once."""

    client_id: str
    jti: str
    expires_at: datetime


def read(unverified_jwt: str) -> ForeignJWT:
    """Take an assertion apart. Raises InvalidClientJWT."""
    return take_apart(unverified_jwt, _TYPES)


def client_id_of(unverified: ForeignJWT) -> str:
    """Whom an assertion says to come from; empty when it does not say."""
    subject = unverified.claims.get("sub")
    return subject if isinstance(subject, str) else ""


def verify(
    unverified: ForeignJWT,
    client: RegisteredClient,
    find_key: FindKey,
    *,
    issuer: str,
    endpoints: frozenset[str],
    now: datetime,
) -> ProvenAssertion:
    """What the client says, its signature and every claim checked. Raises InvalidClientJWT."""
    if unverified.algorithm not in accepted_algorithms(client, client.token_endpoint_auth_signing_alg):
        raise InvalidClientJWT("the algorithm is not the registered one")
    audiences = {issuer} if client.is_fapi2 else {issuer, *endpoints}
    proven = _check_claims(unverified.claims, client.client_id, audiences, now)
    check_signature(unverified, client, find_key)
    return proven


def spend(session: Session, proven: ProvenAssertion) -> bool:
    """Spend an assertion's ``jti``; of any number of uses at once, one is told True (RFC 7523 §3)."""
    values = {
        "client_id": proven.client_id,
        "jti_hash": hashlib.sha256(proven.jti.encode("utf-8", "surrogatepass")).hexdigest(),
        "expires_at": proven.expires_at,
    }
    return insert_once(session, SpentAssertion, values)


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Forget assertions that have expired by any clock, as they are refused; True when there may be more."""
    return forget(session, SpentAssertion, SpentAssertion.expires_at, now - CLOCKS_APART, limit)


def _check_claims(
    claims: dict[str, Any], client_id: str, audiences: set[str], now: datetime
) -> ProvenAssertion:
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise InvalidClientJWT("iss and sub must both be the client_id")
    # A string and no array: an assertion that is good at two servers lets one of them use it at the other.
    audience = claims.get("aud")
    if not isinstance(audience, str) or audience not in audiences:
        raise InvalidClientJWT("aud must be the issuer, as a string")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise InvalidClientJWT("jti is required")
    expires_at = find_moment(claims, "exp")
    if expires_at is None or expires_at <= now:
        raise InvalidClientJWT("it has expired, or has no exp")
    if expires_at > now + LONGEST_LIFE:
        raise InvalidClientJWT("exp is too far ahead")
    check_begun(claims, now)
    return ProvenAssertion(client_id, jti, expires_at)

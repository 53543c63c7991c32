"""A department's word that somebody signed out there (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6)."""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from identity.federation.errors import UpstreamAnswerInvalid
from identity.federation.models import SpentLogoutToken, UpstreamProvider
from identity.federation.openid.id_token import LEEWAY, OLDEST, FindKey
from identity.forgetting import BATCH, CLOCKS_APART, forget
from identity.keys.errors import InvalidJWT
from identity.keys.foreign_jwt import take_apart
from identity.keys.jwt import MAX_TOKEN_CHARACTERS, judge_claims
from identity.sessions.backchannel_logout import EVENT
from identity.sessions.upstream_session import UpstreamSession
from profiles.disclosure.once import insert_once

_TYPES = frozenset({"", "jwt", "logout+jwt"})
"""Typing is recommended, not required (§2.4): the event is what an ID token never has."""
_REQUIRED = ("iss", "aud", "iat", "exp", "jti", "events")


@dataclass(frozen=True)
class SignedOut:
    """Whose sessions are over there; the statement counts once."""

    there: UpstreamSession
    jti: str
    expires_at: datetime


def verify(unverified_jwt: str, provider: UpstreamProvider, find_key: FindKey, now: datetime) -> SignedOut:
    """What the token proves, every check of §2.6 passed but whether it was seen before.

    Raises UpstreamAnswerInvalid, UpstreamUnavailable.
    """
    try:
        unverified = take_apart(unverified_jwt, _TYPES, MAX_TOKEN_CHARACTERS)
        key = find_key(unverified.kid, unverified.algorithm)
        if key is None or not unverified.is_signed_by(key):
            raise UpstreamAnswerInvalid("no published key of the provider signed the logout token")
        claims = judge_claims(
            unverified.claims,
            issuer=provider.issuer,
            audience=provider.client_id,
            now=now,
            leeway=LEEWAY,
            required=_REQUIRED,
        )
    except InvalidJWT as error:
        raise UpstreamAnswerInvalid("the logout token does not verify") from error
    _check_event(claims)
    issued_at, jti = claims["iat"], claims["jti"]
    if isinstance(issued_at, bool) or not math.isfinite(issued_at):
        raise UpstreamAnswerInvalid("iat must be a number")
    if now.timestamp() - issued_at > OLDEST.total_seconds():
        raise UpstreamAnswerInvalid("the logout token is old")
    if not isinstance(jti, str) or not jti:
        raise UpstreamAnswerInvalid("jti must be text")
    sub, sid = _name(claims, "sub"), _name(claims, "sid")
    if sub is None and sid is None:
        raise UpstreamAnswerInvalid("the logout token names nobody")
    # By its age it is refused from then on, whatever its own exp.
    expires_at = datetime.fromtimestamp(issued_at, now.tzinfo) + OLDEST
    return SignedOut(UpstreamSession.of(provider.id, sub, sid), jti, expires_at)


def spend(session: Session, proven: SignedOut) -> bool:
    """Spend a logout token's ``jti``; of any number of uses at once, one is told True (§2.6)."""
    values = {
        "provider_id": proven.there.provider_id,
        "jti_hash": hashlib.sha256(proven.jti.encode("utf-8", "surrogatepass")).hexdigest(),
        "expires_at": proven.expires_at,
    }
    return insert_once(session, SpentLogoutToken, values)


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Forget logout tokens that are refused by their age, by any clock; True when there may be more."""
    return forget(session, SpentLogoutToken, SpentLogoutToken.expires_at, now - CLOCKS_APART, limit)


def _check_event(claims: dict[str, Any]) -> None:
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise UpstreamAnswerInvalid("it is not about signing out")
    if "nonce" in claims:
        raise UpstreamAnswerInvalid("a nonce makes it an ID token")


def _name(claims: dict[str, Any], claim: str) -> str | None:
    said = claims.get(claim)
    if said is not None and (not isinstance(said, str) or not said):
        raise UpstreamAnswerInvalid(f"{claim} must be text")
    return said

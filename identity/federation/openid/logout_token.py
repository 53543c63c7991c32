"""A department's word that somebody signed out there (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6)."""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from identity.federation.errors import UpstreamAnswerInvalid
from identity.federation.models import SpentLogoutToken, UpstreamProvider
from identity.federation.openid.id_token import LEEWAY, OLDEST
from identity.forgetting import BATCH, CLOCKS_APART, forget
from identity.keys.errors import InvalidJWT
from identity.keys.foreign_jwt import ForeignJWT, take_apart
from identity.keys.jwt import MAX_TOKEN_CHARACTERS, judge_claims
from identity.keys.public_key import PublicKey
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


@dataclass(frozen=True)
class UnverifiedLogoutToken:
    """A logout token whose every claim is in order; nothing shows yet who wrote it."""

    jwt: ForeignJWT
    unverified: SignedOut

    def proven_by(self, key: PublicKey | None) -> SignedOut:
        """What it proves if this key of the provider signed it. Raises UpstreamAnswerInvalid."""
        if key is None or not self.jwt.is_signed_by(key):
            raise UpstreamAnswerInvalid("no published key of the provider signed the logout token")
        return self.unverified


def read(unverified_jwt: str, provider: UpstreamProvider, now: datetime) -> UnverifiedLogoutToken:
    """What this provider may have written: every check of §2.6 but the signature and whether it is new.

    Comes first, so that nothing is fetched for what could prove nothing. Raises UpstreamAnswerInvalid.
    """
    try:
        jwt = take_apart(unverified_jwt, _TYPES, MAX_TOKEN_CHARACTERS)
        claims = judge_claims(
            jwt.claims,
            issuer=provider.issuer,
            audience=provider.client_id,
            now=now,
            leeway=LEEWAY,
            required=_REQUIRED,
        )
    except InvalidJWT as error:
        raise UpstreamAnswerInvalid("the logout token does not verify") from error
    return UnverifiedLogoutToken(jwt, _read_claims(claims, provider, now))


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


def _read_claims(claims: dict[str, Any], provider: UpstreamProvider, now: datetime) -> SignedOut:
    _check_event(claims)
    issued_at, jti = claims["iat"], claims["jti"]
    # A stranger may have written any number: what is too large for a float can be compared, not converted.
    if isinstance(issued_at, bool) or not now.timestamp() - OLDEST.total_seconds() <= issued_at < math.inf:
        raise UpstreamAnswerInvalid("the logout token is old, or of no moment")
    if not isinstance(jti, str) or not jti:
        raise UpstreamAnswerInvalid("jti must be text")
    sub, sid = _name(claims, "sub"), _name(claims, "sid")
    if sub is None and sid is None:
        raise UpstreamAnswerInvalid("the logout token names nobody")
    # By its age it is refused from then on, whatever its own exp.
    expires_at = datetime.fromtimestamp(issued_at, now.tzinfo) + OLDEST
    return SignedOut(UpstreamSession.of(provider.id, sub, sid), jti, expires_at)


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

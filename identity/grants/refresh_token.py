"""The refresh token grant (RFC 6749 §6, OpenID Connect Core §12, RFC 9700 §4.14.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError
from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.clients.enabled import enabled
from identity.clients.registry import RegisteredClient
from identity.clients.token_metadata import REFRESH_TOKEN as GRANT_TYPE
from identity.context import IdentitySettings
from identity.grants.redemption import Redemption, Replayed, Successor, check_key, choose_audience
from identity.parameters import Parameters
from identity.sessions.models import SessionClient
from identity.tokens import refresh_tokens
from identity.tokens.models import Grant, RefreshToken
from identity.tokens.signed_tokens import SignIn
from profiles.audit.catalogue import Event
from profiles.prepared import Prepared

__all__ = ["GRANT_TYPE", "RefreshPolicy", "RefreshTokenReplayed", "find_family", "policy_of", "redeem"]

GRACE = timedelta(seconds=10)

_BY_TOKEN = Prepared(
    select(
        *(col(Grant.id), col(Grant.client_id), col(Grant.person_id), col(Grant.sid), col(Grant.scope)),
        col(Grant.claims),
        *(col(Grant.resources), col(Grant.acr), col(Grant.amr), col(Grant.auth_time), col(Grant.issued_at)),
        *(col(Grant.revoked_at), col(SessionClient.sub), col(SessionClient.ended_at)),
        col(SessionClient.sid).label("present_sid"),
        *(col(RefreshToken.expires_at), col(RefreshToken.spent_at), col(RefreshToken.successor_seed)),
        col(RefreshToken.jkt),
    ).where(
        col(RefreshToken.token_hash) == bindparam("token_hash"),
        col(Grant.id) == col(RefreshToken.grant_id),
        col(SessionClient.id) == col(Grant.session_client_id),
        enabled(col(Grant.client_id)),
    )
)


class RefreshTokenReplayed(Replayed):
    """A spent refresh token came back: its family must be revoked (RFC 9700 §4.14.2)."""

    event = Event.REFRESH_TOKEN_REPLAYED


@dataclass(frozen=True)
class RefreshPolicy:
    """How long refresh tokens live, and for how long a lost answer is repeated."""

    lifetime: timedelta
    """Since the authorization; nothing prolongs it."""
    idle: timedelta
    """Since the last refresh."""
    grace: timedelta
    rotates: bool = True
    """Whether each use gives another token; else the same one goes on."""

    def expiry(self, authorized_at: datetime, now: datetime, known_change: datetime | None) -> datetime:
        """When a refresh token of now expires: never past the next known change of access."""
        limit = min(authorized_at + self.lifetime, now + self.idle)
        return limit if known_change is None else min(limit, known_change)


@dataclass(frozen=True)
class Family:
    """Whose refresh token this is, spent or not."""

    grant_id: UUID
    client_id: str
    person_id: UUID


def find_family(session: Session, unverified_token: str) -> Family | None:
    """The family of a refresh token; None when it is none."""
    found = _find(session, unverified_token)
    return None if found is None else Family(found.id, found.client_id, found.person_id)


def policy_of(client: RegisteredClient, settings: IdentitySettings) -> RefreshPolicy:
    """The one place that says what a client's refresh tokens are like.

    A public client proves nothing, so within the grace a thief of its refresh token could follow it from
    successor to successor without ever being noticed: it has none.
    """
    grace = timedelta(0) if client.is_public else GRACE
    # FAPI 2.0 Security Profile §5.3.2.1: what only the client's own key can use need not change, and what
    # changes can get lost.
    rotates = not client.is_fapi2
    return RefreshPolicy(settings.refresh_lifetime, settings.refresh_idle, grace, rotates)


def redeem(
    session: Session,
    client: RegisteredClient,
    parameters: Parameters,
    own: Sequence[str],
    policy: RefreshPolicy,
    now: datetime,
    jkt: str | None,
) -> Redemption:
    """Spend a refresh token for its successor, where they rotate; a lost answer is repeated for a moment.

    ``jkt`` is the key that the request proves.
    Raises Authlib's InvalidRequestError, InvalidGrantError when the token is unknown, expired, another
    client's, revoked or of an ended session, InvalidScopeError when the scope would grow, InvalidTargetError,
    InvalidDPoPProofError and RefreshTokenReplayed.
    """
    presented = parameters.find("refresh_token")
    if presented is None:
        raise InvalidRequestError("refresh_token is required")
    found = _find(session, presented)
    if found is None or found.client_id != client.client_id or found.revoked_at is not None:
        raise InvalidGrantError("the refresh token is not valid")
    if found.spent_at is None and now >= found.expires_at:
        raise InvalidGrantError("the refresh token has expired")
    if found.ended_at is not None or found.present_sid != found.sid:
        raise InvalidGrantError("the session has ended")
    check_key(found.jkt, jkt)
    scope = _scope(parameters, found.scope)
    audience = choose_audience(parameters, found.resources, own)
    return Redemption(
        grant_id=found.id,
        authorized_at=found.issued_at,
        person_id=found.person_id,
        granted_scope=found.scope,
        scope=scope,
        audience=audience,
        # No nonce: it was for the answer to the authorization request (OpenID Connect Core §12.2).
        id_token_claims=frozenset(found.claims["id_token"]),
        accepted_vectors=tuple(found.claims.get("vectors", ())),
        sign_in=SignIn(found.sub, found.sid, found.auth_time, found.acr, tuple(found.amr), None),
        successor=_successor(session, presented, found, policy, now),
    )


def _successor(
    session: Session, presented: str, found: Any, policy: RefreshPolicy, now: datetime
) -> Successor:
    if found.spent_at is None and not policy.rotates:
        return Successor(presented, is_stored=True)
    if found.spent_at is None:
        successor = refresh_tokens.spend(session, presented, found.id, now)
        if successor is not None:
            return Successor(successor, is_stored=False)
        found = _find(session, presented)
    # The seed is forgotten when the successor is spent: whoever did that has had the answer.
    # It may have been spent after ``now``, by a request that began later: without a grace, that is no grace.
    late = not policy.grace or now - found.spent_at >= policy.grace
    if found.successor_seed is None or late:
        raise RefreshTokenReplayed("the refresh token was used before", found.id, found.person_id)
    return Successor(refresh_tokens.successor_of(presented, found.successor_seed), is_stored=True)


def _find(session: Session, unverified_token: str) -> Any:
    token_hash = refresh_tokens.hash_token(unverified_token)
    return _BY_TOKEN.first(session, {"token_hash": token_hash})


def _scope(parameters: Parameters, granted: str) -> str:
    """What is asked for of what was granted: all of it when nothing is said, never more (RFC 6749 §6)."""
    text = parameters.find("scope")
    if text is None:
        return granted
    asked = text.split()
    if not asked or not set(asked).issubset(granted.split()):
        raise InvalidScopeError("scope goes beyond what was granted")
    return " ".join(scope for scope in granted.split() if scope in asked)

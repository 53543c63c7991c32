"""Whether an ID token of a department's provider proves what it says (OpenID Connect Core §3.1.3.7)."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from identity.federation import realms
from identity.federation.errors import AnotherAccount, UpstreamAnswerInvalid
from identity.federation.kinds import UpstreamIdentity
from identity.federation.models import UpstreamProvider
from identity.federation.plain_text import is_plain
from identity.keys.errors import InvalidJWT
from identity.keys.foreign_jwt import take_apart
from identity.keys.jwt import MAX_TOKEN_CHARACTERS, judge_claims
from identity.keys.public_key import PublicKey
from identity.sessions.upstream_session import UpstreamSession

LEEWAY = timedelta(seconds=30)
"""How far the provider's clock may be from ours."""
OLDEST = timedelta(minutes=10)
"""An ID token comes straight from the token endpoint; an older one was kept somewhere."""
MAX_SUBJECT_CHARACTERS = 255
OBJECT_ID = "oid"
_TYPES = frozenset({"", "jwt"})

FindKey = Callable[[str | None, str], PublicKey | None]
"""The provider's published key with this ``kid`` for this algorithm."""


def verify(
    unverified_jwt: str, provider: UpstreamProvider, nonce: str, find_key: FindKey, now: datetime
) -> UpstreamIdentity:
    """The identity that the token proves. Raises AnotherAccount, UpstreamAnswerInvalid."""
    try:
        unverified = take_apart(unverified_jwt, _TYPES, MAX_TOKEN_CHARACTERS)
        key = find_key(unverified.kid, unverified.algorithm)
        if key is None or not unverified.is_signed_by(key):
            raise UpstreamAnswerInvalid("no published key of the provider signed the ID token")
        claims = judge_claims(
            unverified.claims,
            issuer=provider.issuer,
            audience=provider.client_id,
            now=now,
            leeway=LEEWAY,
        )
    except InvalidJWT as error:
        raise UpstreamAnswerInvalid("the ID token does not verify") from error
    _check_party(claims, provider.client_id)
    said_nonce = claims.get("nonce")
    if not isinstance(said_nonce, str) or not hmac.compare_digest(said_nonce.encode(), nonce.encode()):
        raise UpstreamAnswerInvalid("the nonce is not the one that was sent")
    issued_at = claims["iat"]
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise UpstreamAnswerInvalid("iat is not a moment")
    if now.timestamp() - issued_at > OLDEST.total_seconds():
        raise UpstreamAnswerInvalid("the ID token is old")
    if provider.tenant is not None and claims.get("tid") != provider.tenant:
        raise AnotherAccount("the account belongs to another tenant", claims)
    if not realms.is_in(provider.realm, claims):
        raise AnotherAccount("the account is outside the organisation's part of the issuer", claims)
    return UpstreamIdentity(
        issuer=provider.issuer,
        subject=_subject(claims, provider),
        acr=_text(claims.get("acr")),
        amr=_texts(claims.get("amr")),
        auth_time=_moment(claims.get("auth_time"), now),
        there=UpstreamSession.of(provider.id, claims["sub"], _text(claims.get("sid"))),
        claims=claims,
    )


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Of several audiences we must be the authorized party (§3.1.3.7, steps 4 and 5)."""
    audience = claims["aud"]
    party = claims.get("azp")
    if party is not None and party != client_id:
        raise UpstreamAnswerInvalid("the ID token was given to another party")
    if isinstance(audience, list) and len(audience) > 1 and party is None:
        raise UpstreamAnswerInvalid("the ID token has several audiences and no party")


def _subject(claims: Mapping[str, Any], provider: UpstreamProvider) -> str:
    """What names the account for ever; an object id of Entra ID does so only together with its tenant."""
    name = provider.subject_claim
    said = claims.get(name)
    if not isinstance(said, str) or not said:
        raise AnotherAccount(f"the ID token names no account in {name}", claims)
    subject = f"{provider.tenant}/{said}" if name == OBJECT_ID else said
    if len(subject) > MAX_SUBJECT_CHARACTERS or not is_plain(subject):
        raise UpstreamAnswerInvalid(f"the ID token names no account in {name}")
    return subject


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value and is_plain(value) else None


def _texts(value: object) -> tuple[str, ...]:
    return (
        tuple(one for one in value if isinstance(one, str) and is_plain(one))
        if isinstance(value, list)
        else ()
    )


def _moment(value: object, now: datetime) -> datetime | None:
    """When the person signed in there; never later than now."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return min(datetime.fromtimestamp(value, now.tzinfo), now)
    except (ValueError, OverflowError, OSError):
        return None

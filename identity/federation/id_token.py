"""Whether an ID token of a department's provider proves what it says (OpenID Connect Core §3.1.3.7)."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from identity.federation.errors import UpstreamAnswerInvalid
from identity.federation.models import UpstreamProvider
from identity.keys.algorithms import ALGORITHMS
from identity.keys.errors import InvalidJWT
from identity.keys.jwt import MAX_TOKEN_CHARACTERS, decode_from
from identity.keys.public_key import PublicKey

LEEWAY = timedelta(seconds=30)
"""How far the provider's clock may be from ours."""
OLDEST = timedelta(minutes=10)
"""An ID token comes straight from the token endpoint; an older one was kept somewhere."""
MAX_SUBJECT_CHARACTERS = 255

FindKey = Callable[[str | None, str], PublicKey | None]
"""The provider's published key with this ``kid`` for this algorithm."""


@dataclass(frozen=True)
class UpstreamIdentity:
    """Who signed in at the provider, and how it says that they did; ``claims`` are all that it said."""

    issuer: str
    subject: str
    acr: str | None
    amr: tuple[str, ...]
    auth_time: datetime | None
    claims: Mapping[str, Any]


def verify(
    unverified_jwt: str, provider: UpstreamProvider, nonce: str, find_key: FindKey, now: datetime
) -> UpstreamIdentity:
    """The identity that the token proves. Raises UpstreamAnswerInvalid."""
    algorithm, kid = _unverified_header(unverified_jwt)
    key = find_key(kid, algorithm)
    if key is None:
        raise UpstreamAnswerInvalid("no published key of the provider fits the token")
    try:
        claims = decode_from(
            unverified_jwt,
            key=key,
            algorithm=algorithm,
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
        raise UpstreamAnswerInvalid("the account belongs to another tenant")
    return UpstreamIdentity(
        issuer=provider.issuer,
        subject=_subject(claims, provider.subject_claim),
        acr=_text(claims.get("acr")),
        amr=_texts(claims.get("amr")),
        auth_time=_moment(claims.get("auth_time"), now),
        claims=claims,
    )


def _unverified_header(unverified_jwt: str) -> tuple[str, str | None]:
    """The algorithm and the ``kid`` that the header names; only the asymmetric ones that we know will do."""
    if len(unverified_jwt) > MAX_TOKEN_CHARACTERS:
        raise UpstreamAnswerInvalid("the ID token is too long")
    try:
        header = extract_compact(unverified_jwt.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise UpstreamAnswerInvalid("the ID token is not a JWT") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or not isinstance(kid, str | None):
        raise UpstreamAnswerInvalid("the ID token's algorithm is not accepted")
    return algorithm, kid


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Of several audiences we must be the authorized party (§3.1.3.7, steps 4 and 5)."""
    audience = claims["aud"]
    party = claims.get("azp")
    if party is not None and party != client_id:
        raise UpstreamAnswerInvalid("the ID token was given to another party")
    if isinstance(audience, list) and len(audience) > 1 and party is None:
        raise UpstreamAnswerInvalid("the ID token has several audiences and no party")


def _subject(claims: Mapping[str, Any], name: str) -> str:
    subject = claims.get(name)
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) <= MAX_SUBJECT_CHARACTERS
        or not is_plain(subject)
    ):
        raise UpstreamAnswerInvalid(f"the ID token names no account in {name}")
    return subject


def is_plain(text: str) -> bool:
    """Whether a database can hold it: no NUL, no half of a character."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


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

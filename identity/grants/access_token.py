"""What an access token still stands for: that it is genuine does not say that its grant lives."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, select
from sqlmodel import Session, col

from identity.claims_parameter import VECTOR
from identity.clients.enabled import enabled
from identity.sessions.models import SessionClient
from identity.tokens import access_tokens
from identity.tokens.access_tokens import grant_of
from identity.tokens.models import Grant, OpaqueAccessToken, RevokedAccessToken
from identity.tokens.signed_tokens import AccessToken, TokenIssuer
from profiles.prepared import Prepared

_NOT_REVOKED_ALONE = ~exists().where(col(RevokedAccessToken.token_id) == bindparam("token_id"))
_GRANT_COLUMNS = (
    col(Grant.person_id),
    col(Grant.client_id),
    col(SessionClient.sub),
    col(Grant.sid),
    col(Grant.claims),
    col(Grant.acr),
    col(Grant.amr),
    col(Grant.auth_time),
)
_BY_GRANT = Prepared(
    select(*_GRANT_COLUMNS).where(
        col(Grant.id) == bindparam("grant_id"),
        col(Grant.revoked_at).is_(None),
        col(SessionClient.id) == col(Grant.session_client_id),
        col(SessionClient.sid) == col(Grant.sid),
        col(SessionClient.ended_at).is_(None),
        enabled(col(Grant.client_id)),
        _NOT_REVOKED_ALONE,
    )
)
_BY_OPAQUE_TOKEN = Prepared(
    # Two joins in a row: SQLite would read all of one that stands in brackets.
    select(*access_tokens.OPAQUE_COLUMNS, *_GRANT_COLUMNS)
    .select_from(OpaqueAccessToken)
    .outerjoin(
        Grant,
        and_(
            col(Grant.id) == access_tokens.GRANT_ID,
            col(Grant.revoked_at).is_(None),
            enabled(col(Grant.client_id)),
            ~exists().where(col(RevokedAccessToken.token_id) == col(OpaqueAccessToken.token_id)),
        ),
    )
    .outerjoin(
        SessionClient,
        and_(
            col(SessionClient.id) == col(Grant.session_client_id),
            col(SessionClient.sid) == col(Grant.sid),
            col(SessionClient.ended_at).is_(None),
        ),
    )
    .where(col(OpaqueAccessToken.token_hash) == bindparam("token_hash"))
)
_SERVICE = Prepared(select(1).where(_NOT_REVOKED_ALONE, enabled(bindparam("client_id"))))


@dataclass(frozen=True)
class LiveGrant:
    """A grant that is not revoked, of a session that has not ended at its client."""

    person_id: UUID
    client_id: str
    sub: str
    sid: str
    userinfo_claims: frozenset[str]
    """What the client asked to find at userinfo, beside the claims of its scopes (Core §5.5)."""
    wants_vector: bool
    """Whether the client asked for a vector of trust (RFC 8485)."""
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime
    """How and when the person signed in for it."""


def find_with_grant(
    session: Session,
    issuer: TokenIssuer,
    unverified_token: str,
    now: datetime,
    *,
    allow_expired: bool = False,
) -> tuple[AccessToken | None, LiveGrant | None]:
    """What a token says, None when it is not ours or has expired, and the grant behind a person's.

    The grant is None, too, when it, its session or its client has ended, or the token was revoked alone.
    """
    if access_tokens.is_signed(unverified_token):
        token = access_tokens.find(session, issuer, unverified_token, now, allow_expired=allow_expired)
        return token, _find_live_grant(session, token) if token else None
    found = _BY_OPAQUE_TOKEN.first(session, {"token_hash": access_tokens.hash_token(unverified_token)})
    if found is None:
        return None, None
    columns = len(access_tokens.OPAQUE_COLUMNS)
    token = AccessToken(*found[:columns])
    if now >= token.expires_at and not allow_expired:
        return None, None
    return token, _live_grant(token, *found[columns:])


def _find_live_grant(session: Session, token: AccessToken) -> LiveGrant | None:
    grant_id = grant_of(token)
    if grant_id is None:
        return None
    row = _BY_GRANT.first(session, {"grant_id": grant_id, "token_id": token.token_id})
    return None if row is None else _live_grant(token, *row)


def _live_grant(
    token: AccessToken,
    person_id: UUID,
    client_id: str | None,
    sub: str | None,
    sid: str,
    claims: dict[str, list[str]],
    acr: str,
    amr: list[str],
    auth_time: datetime,
) -> LiveGrant | None:
    """The grant behind a token that says what it says; ``sub`` is None where no session is live."""
    if client_id != token.client_id or sub != token.sub:
        return None
    return LiveGrant(
        person_id=person_id,
        client_id=client_id,
        sub=sub,
        sid=sid,
        userinfo_claims=frozenset(claims["userinfo"]),
        wants_vector="vectors" in claims or VECTOR in claims["id_token"],
        acr=acr,
        amr=tuple(amr),
        auth_time=auth_time,
    )


def is_live_service(session: Session, token: AccessToken) -> bool:
    """Whether this is a service's own access token, not revoked, of a client that is not disabled."""
    if grant_of(token) is not None or token.sub != token.client_id:
        return False
    asked = {"token_id": token.token_id, "client_id": token.client_id}
    return _SERVICE.first(session, asked) is not None

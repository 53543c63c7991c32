"""What an access token still stands for: that it is genuine does not say that its grant lives."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlmodel import Session, col

from identity.claims_parameter import VECTOR
from identity.clients.enabled import enabled
from identity.sessions.models import SessionClient
from identity.tokens.access_tokens import grant_of
from identity.tokens.models import Grant, RevokedAccessToken
from identity.tokens.signed_tokens import AccessToken
from profiles.prepared import Prepared

_NOT_REVOKED_ALONE = ~exists().where(col(RevokedAccessToken.token_id) == bindparam("token_id"))
_BY_GRANT = Prepared(
    select(
        *(
            col(Grant.person_id),
            col(Grant.client_id),
            col(SessionClient.sub),
            col(Grant.sid),
            col(Grant.claims),
        ),
        *(col(Grant.acr), col(Grant.amr), col(Grant.auth_time)),
    ).where(
        col(Grant.id) == bindparam("grant_id"),
        col(Grant.revoked_at).is_(None),
        col(SessionClient.id) == col(Grant.session_client_id),
        col(SessionClient.sid) == col(Grant.sid),
        col(SessionClient.ended_at).is_(None),
        enabled(col(Grant.client_id)),
        _NOT_REVOKED_ALONE,
    )
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


def find_live_grant(session: Session, token: AccessToken) -> LiveGrant | None:
    """The grant behind a person's access token; None when it, its session or its client has ended."""
    grant_id = grant_of(token)
    if grant_id is None:
        return None
    keys = {"grant_id": grant_id, "token_id": token.token_id}
    row = _BY_GRANT.first(session, keys)
    if row is None or row.client_id != token.client_id or row.sub != token.sub:
        return None
    return LiveGrant(
        person_id=row.person_id,
        client_id=row.client_id,
        sub=row.sub,
        sid=row.sid,
        userinfo_claims=frozenset(row.claims["userinfo"]),
        wants_vector="vectors" in row.claims or VECTOR in row.claims["id_token"],
        acr=row.acr,
        amr=tuple(row.amr),
        auth_time=row.auth_time,
    )


def is_live_service(session: Session, token: AccessToken) -> bool:
    """Whether this is a service's own access token, not revoked, of a client that is not disabled."""
    if grant_of(token) is not None or token.sub != token.client_id:
        return False
    asked = {"token_id": token.token_id, "client_id": token.client_id}
    return _SERVICE.first(session, asked) is not None

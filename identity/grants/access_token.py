"""What an access token still stands for: a signature alone does not say that its grant lives."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.keys.jwt import SignedClaims
from identity.sessions.models import SessionClient
from identity.tokens.models import Grant

_BY_TOKEN = select(
    col(Grant.person_id), col(Grant.scope), col(Grant.client_id), col(SessionClient.sub), col(Grant.sid)
).where(
    col(Grant.access_token_id) == bindparam("token_id"),
    col(Grant.revoked_at).is_(None),
    col(SessionClient.id) == col(Grant.session_client_id),
    col(SessionClient.sid) == col(Grant.sid),
    col(SessionClient.ended_at).is_(None),
)


@dataclass(frozen=True)
class LiveGrant:
    """A grant that is not revoked, of a session that has not ended at its client."""

    person_id: UUID
    client_id: str
    scope: str
    sub: str
    sid: str


def find_live_grant(session: Session, claims: SignedClaims) -> LiveGrant | None:
    """The grant behind a verified access token; None when it was revoked or its session ended."""
    row = session.connection().execute(_BY_TOKEN, {"token_id": claims["jti"]}).one_or_none()
    if row is None or row.client_id != claims["client_id"] or row.sub != claims["sub"]:
        return None
    return LiveGrant(row.person_id, row.client_id, row.scope, row.sub, row.sid)

"""Authorization codes: 256 random bits, kept as their SHA-256 (RFC 6749 §10.10, RFC 9700 §4.5)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col

from identity.tokens.models import Grant
from profiles.columns import new_id
from profiles.prepared import Prepared

_INSERT = Prepared(insert(Grant))
_SPEND = Prepared(
    update(Grant)
    .where(
        col(Grant.id) == bindparam("grant_id"),
        col(Grant.spent_at).is_(None),
        col(Grant.revoked_at).is_(None),
    )
    .values(spent_at=bindparam("now"))
)
_REVOKE = Prepared(
    update(Grant)
    .where(col(Grant.id) == bindparam("grant_id"), col(Grant.revoked_at).is_(None))
    .values(revoked_at=bindparam("now"))
)


@dataclass(frozen=True)
class Authorization:
    """What a person's sign-in at a client gives: everything that its tokens will say."""

    client_id: str
    person_id: UUID
    session_client_id: UUID
    sid: str
    redirect_uri: str
    scope: str
    resources: tuple[str, ...]
    claims: dict[str, list[str]]
    nonce: str | None
    code_challenge: str | None
    dpop_jkt: str | None
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime


def issue(session: Session, authorization: Authorization, now: datetime, expires_at: datetime) -> str:
    """A new code for this authorization, good once until ``expires_at``."""
    code = secrets.token_urlsafe(32)
    values = vars(authorization) | {
        "id": new_id(),
        "code_hash": hash_code(code),
        "amr": list(authorization.amr),
        "resources": list(authorization.resources),
        "issued_at": now,
        "expires_at": expires_at,
    }
    _INSERT.run(session, values)
    return code


def spend(session: Session, grant_id: UUID, now: datetime) -> bool:
    """Spend a grant's code by one conditional UPDATE; of any number at once, one succeeds.

    False when somebody else spent it, or it was revoked.
    """
    return _SPEND.run(session, {"grant_id": grant_id, "now": now}) == 1


def revoke(session: Session, grant_id: UUID, now: datetime) -> bool:
    """Revoke all that came of a grant; False when it was revoked before."""
    return _REVOKE.run(session, {"grant_id": grant_id, "now": now}) == 1


def hash_code(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(code.encode()).hexdigest()

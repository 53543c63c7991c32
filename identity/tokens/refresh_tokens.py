"""Refresh tokens: 256 random bits, kept as their SHA-256, each good for one rotation (RFC 9700 §4.14.2).

A spent token's successor can be made again out of the token itself and a seed that only the database has, so
that an answer which was lost can be repeated although nothing but hashes is kept. The seed is forgotten when
the successor is spent: from then on neither the database nor an old token says anything about a good one.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col

from identity.tokens.models import RefreshToken
from profiles.prepared import Prepared

_INSERT = Prepared(insert(RefreshToken))
_SPEND = Prepared(
    update(RefreshToken)
    .where(col(RefreshToken.token_hash) == bindparam("presented_hash"), col(RefreshToken.spent_at).is_(None))
    .values(spent_at=bindparam("now"), successor_seed=bindparam("seed"))
)
_PROLONG = Prepared(
    update(RefreshToken)
    .where(col(RefreshToken.token_hash) == bindparam("presented_hash"), col(RefreshToken.spent_at).is_(None))
    .values(expires_at=bindparam("until"))
)
_FORGET_SEEDS = Prepared(
    update(RefreshToken)
    .where(
        col(RefreshToken.grant_id) == bindparam("family"),
        col(RefreshToken.token_hash) != bindparam("presented_hash"),
        col(RefreshToken.successor_seed).is_not(None),
    )
    .values(successor_seed=None)
)


def new_token() -> str:
    """The first token of a family."""
    return secrets.token_urlsafe(32)


def store(
    session: Session, token: str, grant_id: UUID, now: datetime, expires_at: datetime, jkt: str | None
) -> None:
    """Make this the good token of a grant's family; with ``jkt`` for who has that key alone."""
    values = {
        "token_hash": hash_token(token),
        "grant_id": grant_id,
        "issued_at": now,
        "expires_at": expires_at,
        "jkt": jkt,
    }
    _INSERT.run(session, values)


def spend(session: Session, unverified_token: str, grant_id: UUID, now: datetime) -> str | None:
    """Spend a token by one conditional UPDATE and return its successor, which the caller stores.

    None when somebody else spent it: of any number at once, one succeeds.
    """
    seed, presented_hash = secrets.token_hex(32), hash_token(unverified_token)
    if _SPEND.run(session, {"presented_hash": presented_hash, "now": now, "seed": seed}) != 1:
        return None
    _FORGET_SEEDS.run(session, {"family": grant_id, "presented_hash": presented_hash})
    return successor_of(unverified_token, seed)


def prolong(session: Session, token: str, expires_at: datetime) -> None:
    """Let a good token that stays the same expire at this moment."""
    values = {"presented_hash": hash_token(token), "until": expires_at}
    _PROLONG.run(session, values)


def successor_of(token: str, seed: str) -> str:
    """The token that followed a spent one; whoever lacks the token or its seed cannot tell."""
    digest = hmac.digest(bytes.fromhex(seed), token.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()

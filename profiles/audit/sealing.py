"""Sealing: entries get their order, a chain of hashes and, from time to time, a signed checkpoint.

Entries are appended without waiting for each other; afterwards one sealer at a time gives them positions
without gaps. An entry that was committed late gets a later position, whatever its id.
"""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from profiles.audit.hashing import (
    ENTRY_FIELDS,
    START,
    chain_hash,
    checkpoint_statement,
    entry_hash,
    entry_record,
)
from profiles.audit.models import AuditCheckpoint, AuditEntry, AuditSeal

LATEST_COMMIT = timedelta(hours=1)
"""How long after its id was made an entry may be committed and still be found without looking at all."""

ATTEMPTS = 5
CHECKPOINT_ENTRIES = 1000
CHECKPOINT_EVERY = timedelta(minutes=5)

ENTRY_COLUMNS: tuple[Any, ...] = tuple(col(getattr(AuditEntry, name)) for name in ENTRY_FIELDS)


class Signature(NamedTuple):
    """What a signer answers: which key, which JWS algorithm, the raw signature."""

    kid: str
    algorithm: str
    value: bytes


Sign = Callable[[bytes], Signature]


def seal(session: Session, now: datetime, *, limit: int = 1000, everything: bool = False) -> int:
    """Append up to ``limit`` unsealed entries to the chain, oldest id first; return how many.

    Looks back from the chain's end as far as a slow transaction can take; ``everything`` looks at all. When
    another sealer is first, it begins anew from the new end; it returns 0 when that happens again and again.
    """
    for _attempt in range(ATTEMPTS):
        seals = next_seals(session, now, limit=limit, everything=everything)
        if not seals or add_seals(session, seals):
            return len(seals)
    return 0


def next_seals(
    session: Session, now: datetime, *, limit: int = 1000, everything: bool = False
) -> list[dict[str, Any]]:
    """The rows by which ``seal`` would continue the chain, in their order; nothing is written."""
    tail = _tail(session)
    since = None if everything or tail is None else _looked_at_since(tail.entry_id, now)
    position, chain = (tail.position, tail.chain_hash) if tail is not None else (0, START)
    seals = []
    for entry in _unsealed(session, since, limit):
        position += 1
        sealed = entry_hash(entry_record(entry))
        chain = chain_hash(chain, sealed, position)
        seals.append({"position": position, "entry_id": entry[0], "entry_hash": sealed, "chain_hash": chain})
    return seals


def add_seals(session: Session, seals: Sequence[dict[str, Any]]) -> bool:
    """Append these, which follow the end of the chain; False when another sealer was first: then none is."""
    return _added(session, AuditSeal, seals)


def checkpoint(
    session: Session,
    now: datetime,
    sign: Sign,
    *,
    entries: int = CHECKPOINT_ENTRIES,
    every: timedelta = CHECKPOINT_EVERY,
) -> AuditCheckpoint | None:
    """Sign the chain's end when it is ``entries`` beyond the last checkpoint, or anything beyond an old one.

    Returns the checkpoint, or None when none was due or another worker was first.
    """
    tail, last = _tail(session), newest_checkpoint(session)
    if tail is None:
        return None
    if last is not None:
        new = tail.position - last.position
        if new <= 0 or (new < entries and now - last.signed_at < every):
            return None
    signature = sign(checkpoint_statement(tail.position, tail.chain_hash, now))
    made: dict[str, Any] = {
        "position": tail.position,
        "chain_hash": tail.chain_hash,
        "signed_at": now,
        "kid": signature.kid,
        "algorithm": signature.algorithm,
        "signature": base64.urlsafe_b64encode(signature.value).rstrip(b"=").decode("ascii"),
    }
    return AuditCheckpoint(**made) if _added(session, AuditCheckpoint, [made]) else None


def newest_checkpoint(session: Session) -> AuditCheckpoint | None:
    """The checkpoint with the highest position."""
    newest = select(AuditCheckpoint).order_by(col(AuditCheckpoint.position).desc()).limit(1)
    return session.execute(newest).scalars().first()


def _tail(session: Session) -> AuditSeal | None:
    last = select(AuditSeal).order_by(col(AuditSeal.position).desc()).limit(1)
    return session.execute(last).scalars().first()


def _looked_at_since(newest: UUID, now: datetime) -> UUID:
    """The least UUIDv7 that may be unsealed: made ``LATEST_COMMIT`` before the newest that was sealed.

    A clock that once ran ahead must not hide what comes after it, so the bound is never later than now.
    """
    milliseconds = min(newest.int >> 80, int(now.timestamp() * 1000))
    return UUID(int=max(milliseconds - LATEST_COMMIT // timedelta(milliseconds=1), 0) << 80)


def _unsealed(session: Session, since: UUID | None, limit: int) -> Sequence[Any]:
    query = (
        select(*ENTRY_COLUMNS)
        .outerjoin(AuditSeal, col(AuditSeal.entry_id) == col(AuditEntry.id))
        .where(col(AuditSeal.position).is_(None))
        .order_by(col(AuditEntry.id))
        .limit(limit)
    )
    if since is not None:
        query = query.where(col(AuditEntry.id) >= since)
    return session.execute(query).all()


def _added(session: Session, model: type[Any], rows: Sequence[dict[str, Any]]) -> bool:
    """Insert rows unless another sealer has taken their positions, which the primary key tells."""
    try:
        with session.begin_nested():
            session.execute(insert(model), list(rows))
    except IntegrityError:
        return False
    return True

"""The audit trail as a verifier reads it: seals with their entries, and checkpoints, in bounded memory."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlmodel import Session, col

from profiles.audit.hashing import entry_record
from profiles.audit.models import AuditCheckpoint, AuditEntry, AuditPersonalValue, AuditSeal
from profiles.audit.sealing import ENTRY_COLUMNS
from profiles.audit.service import commitment

PAGE = 2000


@dataclass(frozen=True)
class Sealed:
    """A seal and the record of its entry, which is None when the entry is gone."""

    position: int
    entry_hash: str
    chain_hash: str
    entry: dict[str, Any] | None


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement about the chain, unverified."""

    position: int
    chain_hash: str
    signed_at: datetime
    kid: str
    algorithm: str
    signature: str

    def signature_bytes(self) -> bytes:
        """The raw signature; empty, which verifies under no key, when it is not base64url."""
        try:
            padding = "=" * (-len(self.signature) % 4)
            return base64.b64decode(self.signature + padding, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return b""


@dataclass(frozen=True)
class AlteredValue:
    """A personal value that is not the one its entry commits to."""

    position: int
    name: str


class Trail(Protocol):
    """Where a trail is read from. Each call reads it again from its beginning."""

    def sealed(self) -> Iterator[Sealed]:
        """Every seal, in the order in which the source has them (a database: by position)."""
        ...

    def checkpoints(self) -> Iterator[Checkpoint]:
        """Every checkpoint, by position."""
        ...

    def unsealed(self, before: datetime) -> Iterator[dict[str, Any]]:
        """The records of the entries written before this instant that have no seal."""
        ...

    def altered_values(self) -> Iterator[AlteredValue]:
        """The personal values, of those that are still kept, which differ from the sealed commitments."""
        ...


class DatabaseTrail:
    """The trail in a database, read page by page."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sealed(self) -> Iterator[Sealed]:
        after = None
        while rows := self._page(after):
            for position, entry_hash, chain_hash, *entry in rows:
                record = None if entry[0] is None else entry_record(entry)
                yield Sealed(position, entry_hash, chain_hash, record)
            after = rows[-1][0]

    def checkpoints(self) -> Iterator[Checkpoint]:
        query = select(AuditCheckpoint).order_by(col(AuditCheckpoint.position))
        for row in self._session.execute(query.execution_options(yield_per=PAGE)).scalars():
            yield Checkpoint(**row.model_dump())

    def unsealed(self, before: datetime) -> Iterator[dict[str, Any]]:
        query = (
            select(*ENTRY_COLUMNS)
            .outerjoin(AuditSeal, col(AuditSeal.entry_id) == col(AuditEntry.id))
            .where(col(AuditSeal.position).is_(None), col(AuditEntry.at) < before)
            .order_by(col(AuditEntry.id))
            .execution_options(yield_per=PAGE)
        )
        for row in self._session.execute(query):
            yield entry_record(row)

    def altered_values(self) -> Iterator[AlteredValue]:
        value = AuditPersonalValue
        query = (
            select(
                col(AuditSeal.position),
                col(AuditEntry.details),
                col(value.name),
                col(value.salt),
                col(value.value),
            )
            .join(AuditEntry, col(AuditEntry.id) == col(value.entry_id))
            .join(AuditSeal, col(AuditSeal.entry_id) == col(value.entry_id))
            .order_by(col(AuditSeal.position))
            .execution_options(yield_per=PAGE)
        )
        for position, details, name, salt, kept in self._session.execute(query):
            if details.get(name) != {"sha256": commitment(salt, kept)}:
                yield AlteredValue(position, name)

    def _page(self, after: int | None) -> Any:
        query = (
            select(
                col(AuditSeal.position), col(AuditSeal.entry_hash), col(AuditSeal.chain_hash), *ENTRY_COLUMNS
            )
            .outerjoin(AuditEntry, col(AuditEntry.id) == col(AuditSeal.entry_id))
            .order_by(col(AuditSeal.position))
            .limit(PAGE)
        )
        if after is not None:
            query = query.where(col(AuditSeal.position) > after)
        return self._session.execute(query).all()

"""Appends audit entries; nobody waits for anybody: order and chain come later, from ``sealing``."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry, AuditPersonalValue, InitiatorKind
from profiles.columns import new_id
from profiles.prepared import Prepared

_INSERT = Prepared(insert(AuditEntry))
_INSERT_PERSONAL = Prepared(insert(AuditPersonalValue))


@dataclass(frozen=True)
class Initiator:
    """Who began it. There is no event without one."""

    kind: InitiatorKind
    reference: str

    @classmethod
    def person(cls, person_id: UUID) -> "Initiator":
        """A person who is signed in."""
        return cls(InitiatorKind.PERSON, str(person_id))

    @classmethod
    def client(cls, client_id: str) -> "Initiator":
        """An app that authenticated itself."""
        return cls(InitiatorKind.CLIENT, client_id)

    @classmethod
    def system(cls, name: str) -> "Initiator":
        """Lanyard itself: ``worker``, ``command:demo`` or ``sign-in`` before anybody is known."""
        return cls(InitiatorKind.SYSTEM, name)


def append(
    session: Session,
    event: Event,
    initiator: Initiator,
    now: datetime,
    *,
    person_id: UUID | None = None,
    organisation_id: UUID | None = None,
    app_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
) -> UUID:
    """Append one entry; return its id.

    ``personal`` values are kept apart; the entry holds a salted SHA-256 of each.
    """
    entry_id, facts, values = new_id(), dict(details or {}), []
    for name, value in (personal or {}).items():
        salt = secrets.token_bytes(16)
        facts[name] = {"sha256": commitment(salt, value)}
        values.append({"entry_id": entry_id, "name": name, "salt": salt, "value": value})
    entry = {
        "id": entry_id,
        "at": now,
        "event": event,
        "initiator_kind": initiator.kind,
        "initiator": initiator.reference,
        "person_id": person_id,
        "organisation_id": organisation_id,
        "app_id": app_id,
        "details": facts,
    }
    _INSERT.run(session, entry)
    for kept in values:
        _INSERT_PERSONAL.run(session, kept)
    return entry_id


def commitment(salt: bytes, value: str) -> str:
    """What an entry says of a personal value: hexadecimal SHA-256 of salt and value."""
    return hashlib.sha256(salt + value.encode()).hexdigest()

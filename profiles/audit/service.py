"""Appends audit entries; nobody waits for anybody: order and chain come later, from ``sealing``."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, insert
from sqlmodel import Session

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry, AuditPersonalValue, InitiatorKind
from profiles.columns import new_id
from profiles.made_ahead import MadeAhead, make_ahead
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
    entry = _entry(event, initiator, now, person_id, organisation_id, app_id, details)
    entry_id: UUID = entry["id"]
    values = []
    for name, value in (personal or {}).items():
        salt = secrets.token_bytes(16)
        entry["details"][name] = {"sha256": commitment(salt, value)}
        values.append({"entry_id": entry_id, "name": name, "salt": salt, "value": value})
    _INSERT.run(session, entry)
    for kept in values:
        _INSERT_PERSONAL.run(session, kept)
    return entry_id


def append_ahead(
    dialect: Dialect,
    event: Event,
    initiator: Initiator,
    now: datetime,
    *,
    person_ids: Sequence[UUID],
    organisation_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> MadeAhead:
    """One entry of the same kind for each of these people, of whom there is one at least; none has a value.

    The entries are made; who runs the statement appends them.
    """
    entries = [
        _entry(event, initiator, now, person_id, organisation_id, None, details) for person_id in person_ids
    ]
    return make_ahead(_INSERT, dialect, entries)


def commitment(salt: bytes, value: str) -> str:
    """What an entry says of a personal value: hexadecimal SHA-256 of salt and value."""
    return hashlib.sha256(salt + value.encode()).hexdigest()


def _entry(
    event: Event,
    initiator: Initiator,
    now: datetime,
    person_id: UUID | None,
    organisation_id: UUID | None,
    app_id: UUID | None,
    details: Mapping[str, Any] | None,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "at": now,
        "event": event,
        "initiator_kind": initiator.kind,
        "initiator": initiator.reference,
        "person_id": person_id,
        "organisation_id": organisation_id,
        "app_id": app_id,
        "details": dict(details or {}),
    }

"""Writes the register of organisations as a file that an installation without any reads."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal
from sqlmodel import Session, select
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.imports.records.facts import plain
from profiles.imports.records.kinds import VERSION, Kind
from profiles.imports.records.told import Told, fields_of, heard, line_of, rows
from profiles.imports.register.kinds import DETAIL, KIND_FIELD, KINDS
from profiles.loads import Load
from profiles.organisations.models import Organisation


class RegisterExport:
    """What is recorded of all organisations, past, present and to come; the oldest first within each kind.

    ``with_history`` writes every version that was ever known, and when.
    """

    def __init__(self, session: Session, now: datetime, *, with_history: bool = False) -> None:
        self.records = 0
        self._session, self._now, self._with_history = session, now, with_history
        self._organisations = {one.id: one for one in session.exec(select(Organisation))}

    def lines(self) -> Iterator[bytes]:
        """JSON Lines, after one that names the format."""
        yield line_of({"kind": "format", "version": VERSION})
        for kind in KINDS.values():
            model: Any = kind.model
            said = select(model, Load.published_at, literal(self._now, UTCDateTime()))
            said = said.where(heard(model, self._now, with_history=self._with_history))
            written: set[UUID] = set()
            for told in rows(self._session, model, said):
                self.records += 1
                yield line_of(self._record(kind, told, is_first=told.version.fact_id not in written))
                written.add(told.version.fact_id)

    def _record(self, kind: Kind, told: Told, *, is_first: bool) -> dict[str, Any]:
        fields = fields_of(kind.name, told, is_first=is_first, with_history=self._with_history)
        for one in kind.references:
            named = self._organisations.get(getattr(told.version, one.column))
            fields[one.field] = named.code if named else None
        if kind.name == DETAIL:
            fields[KIND_FIELD] = self._organisations[told.version.organisation_id].kind.value
        for column, field in kind.values.items():
            fields[field] = plain(getattr(told.version, column))
        return {name: value for name, value in fields.items() if value not in (None, "")}


def note_register_export(
    session: Session, now: datetime, initiator: Initiator, *, with_history: bool = False
) -> None:
    """Write down that the register left."""
    details = {"with_history": True} if with_history else None
    append(session, Event.REGISTER_EXPORTED, initiator, now, details=details)

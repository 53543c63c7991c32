"""Writes who is marked and what is suspended, of an organisation and its people."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.models import Employment
from profiles.employments.service import employees
from profiles.imports.records.facts import plain
from profiles.imports.records.kinds import PERSON, VERSION, Kind
from profiles.imports.records.told import Told, fields_of, heard, line_of, rows
from profiles.imports.safeguards.kinds import KINDS
from profiles.loads import Load
from profiles.organisations.models import Organisation
from profiles.temporal import known


class SafeguardExport:
    """The safeguards of an organisation and of its people, past, present and to come, whoever set them.

    Of somebody who has left it is written while nobody else employs them. People are called as the
    organisation's export of records calls them, by their ids.
    """

    def __init__(
        self, session: Session, now: datetime, organisation_id: UUID, *, with_history: bool = False
    ) -> None:
        self.records = 0
        self._session, self._now, self._with_history = session, now, with_history
        self._organisation_id = organisation_id
        self._codes = dict(session.exec(select(Organisation.id, Organisation.code)).all())

    def lines(self) -> Iterator[bytes]:
        """JSON Lines, after one that names the format."""
        yield line_of({"kind": "format", "version": VERSION})
        for kind in KINDS.values():
            model: Any = kind.model
            said = select(model, Load.published_at, literal(self._now, UTCDateTime()))
            said = said.where(self._which(kind), heard(model, self._now, with_history=self._with_history))
            written: set[UUID] = set()
            for told in rows(self._session, model, said):
                self.records += 1
                yield line_of(self._record(kind, told, is_first=told.version.fact_id not in written))
                written.add(told.version.fact_id)

    def _record(self, kind: Kind, told: Told, *, is_first: bool) -> dict[str, Any]:
        fields = fields_of(kind.name, told, is_first=is_first, with_history=self._with_history)
        for one in kind.references:
            named = getattr(told.version, one.column)
            fields[one.field] = str(named) if one.kind == PERSON else self._codes.get(named)
        for column, field in kind.values.items():
            fields[field] = plain(getattr(told.version, column))
        return {name: value for name, value in fields.items() if value not in (None, "")}

    def _which(self, kind: Kind) -> ColumnElement[bool]:
        columns = kind.table.c
        if "person_id" not in kind.columns:
            ours: ColumnElement[bool] = columns.organisation_id == self._organisation_id
            return ours
        ever = select(Employment.person_id).where(
            col(Employment.organisation_id) == self._organisation_id, known(Employment, self._now)
        )
        others = [one for one in self._codes if one != self._organisation_id]
        return or_(
            columns.person_id.in_(employees([self._organisation_id], self._now)),
            and_(columns.person_id.in_(ever), columns.person_id.not_in(employees(others, self._now))),
        )


def note_safeguards_export(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    with_history: bool = False,
) -> None:
    """Write down that they left; whose they are is nowhere in it."""
    details = {"with_history": True} if with_history else None
    append(
        session, Event.SAFEGUARDS_EXPORTED, initiator, now, organisation_id=organisation_id, details=details
    )

"""Writes an organisation's or a person's records in the format that import reads.

What is recorded now is written, past, present and future in valid time: what was believed before a correction
stays in the audited history of this installation. Keys are the ids of facts and people, so that a second
export of the same record has the same key.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.models import Employment
from profiles.errors import Invalid
from profiles.imports.records.facts import plain, time_text
from profiles.imports.records.kinds import KINDS, ORGANISATION, PERSON, VERSION, Kind, Reference
from profiles.organisations.models import Organisation
from profiles.temporal import Fact, known

AT_ONCE = 2000


class Export:
    """The records of an organisation and its people, or of a person, the oldest first within each kind.

    Of an organisation's people everything is written that the organisation owns, or that no organisation
    does. What would name a record that is not among these is written without the name or, where it must name
    it, left out and counted in ``left_out``.
    """

    def __init__(
        self,
        session: Session,
        now: datetime,
        *,
        organisation_id: UUID | None = None,
        person_id: UUID | None = None,
    ) -> None:
        """Raises Invalid unless exactly one of both is given."""
        if (organisation_id is None) == (person_id is None):
            raise Invalid("Name an organisation or a person.")
        self.records = 0
        self.left_out = 0
        self._session, self._now = session, now
        self._organisation_id, self._person_id = organisation_id, person_id
        self._written: dict[str, set[UUID]] = {name: set() for name in (PERSON, *KINDS)}
        self._codes = dict(session.exec(select(Organisation.id, Organisation.code)).all())

    def lines(self) -> Iterator[bytes]:
        """JSON Lines, after one that names the format."""
        yield _line({"kind": "format", "version": VERSION})
        for kind in KINDS.values():
            which = self._which(kind)
            if which is None:
                continue
            query = select(kind.model).where(known(kind.model, self._now), which)
            query = query.order_by(col(kind.model.valid_from), col(kind.model.fact_id))
            for version in self._session.exec(query.execution_options(yield_per=AT_ONCE)):
                record = self._record(kind, version)
                if record is None:
                    self.left_out += 1
                    continue
                self.records += 1
                yield _line(record)

    def _record(self, kind: Kind, version: Fact) -> dict[str, Any] | None:
        """A fact as a record, without what is empty; None when it must name what is not written."""
        fields: dict[str, Any] = {
            "kind": kind.name,
            "source_key": str(version.fact_id),
            "valid_from": time_text(version.valid_from, ends=False),
            "valid_until": time_text(version.valid_to, ends=True) if version.valid_to else None,
            "reason": version.reason,
        }
        for one in kind.references:
            value = getattr(version, one.column)
            if one.kind == ORGANISATION:
                fields[one.field] = self._codes.get(value)
            elif value is not None and (value in self._written[one.kind] or self._begins(kind, one)):
                fields[one.field] = str(value)
            elif not one.optional:
                return None
        for column, field in kind.values.items():
            fields[field] = plain(getattr(version, column))
        self._written[kind.name].add(version.fact_id)
        if kind.name == "name":
            self._written[PERSON].add(getattr(version, "person_id"))  # noqa: B009 - not every fact has one
        return {name: value for name, value in fields.items() if value not in (None, "")}

    def _begins(self, kind: Kind, reference: Reference) -> bool:
        """A person begins with their name."""
        return kind.name == "name" and reference.kind == PERSON

    def _which(self, kind: Kind) -> ColumnElement[bool] | None:
        columns = kind.table.c
        of_people = "person_id" in kind.columns
        if self._person_id is not None:
            return columns.person_id == self._person_id if of_people else None
        ours: ColumnElement[bool] = true()
        if "organisation_id" in kind.columns:
            owner = columns.organisation_id
            ours = or_(owner == self._organisation_id, owner.is_(None))
        if not of_people:
            return ours
        employed = select(Employment.person_id).where(
            col(Employment.organisation_id) == self._organisation_id, known(Employment, self._now)
        )
        return and_(columns.person_id.in_(employed), ours)


def note_export(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    organisation_id: UUID | None,
    person_id: UUID | None,
) -> None:
    """Write down that records left in bulk."""
    append(
        session,
        Event.RECORDS_EXPORTED,
        initiator,
        now,
        organisation_id=organisation_id,
        person_id=person_id,
    )


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"

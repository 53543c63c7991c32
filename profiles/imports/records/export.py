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

from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.models import Employment
from profiles.employments.service import employees
from profiles.errors import Invalid
from profiles.imports.records.facts import plain, time_text
from profiles.imports.records.kinds import (
    KINDS,
    ORGANISATION,
    PERSON,
    VERSION,
    WITH_THE_PERSON,
    Kind,
    Reference,
)
from profiles.loads import Load
from profiles.organisations.models import Organisation
from profiles.temporal import Fact, known

AT_ONCE = 2000
_BEGIN_A_PERSON = ("name", "birth_date")


class Export:
    """The records of an organisation and its people, or of a person, the oldest first within each kind.

    Of an organisation's people everything is written that the organisation owns, or that no organisation
    does. Of somebody who has left it is the record of the organisation's own time: what they were called
    then, and nothing of what went with them. What would name a record that is not among these is written
    without the name or, where it must name it, left out and counted in ``left_out``.
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
            if self._organisation_id is not None and kind.name in _BEGIN_A_PERSON:
                yield from self._of_leavers(kind)

    def _of_leavers(self, kind: Kind) -> Iterator[bytes]:
        """What was known of those who have left when they did, or what this organisation itself has said."""
        model: Any = kind.model
        left = (
            select(Employment.person_id, func.max(Employment.valid_to).label("left_at"))
            .where(
                col(Employment.organisation_id) == self._organisation_id,
                known(Employment, self._now),
                col(Employment.person_id).not_in(self._employees()),
            )
            .group_by(col(Employment.person_id))
            .subquery()
        )
        then = and_(
            model.recorded_at <= left.c.left_at,
            or_(model.superseded_at.is_(None), model.superseded_at > left.c.left_at),
            or_(
                model.load_id.is_(None),
                model.load_id.in_(select(Load.id).where(col(Load.published_at) <= left.c.left_at)),
            ),
        )
        own_loads = select(Load.id).where(
            col(Load.organisation_id) == self._organisation_id, col(Load.published_at).is_not(None)
        )
        own = and_(model.superseded_at.is_(None), model.load_id.in_(own_loads))
        query = (
            select(model)
            .join(left, left.c.person_id == model.person_id)
            .where(model.valid_from < left.c.left_at, or_(then, own))
            .order_by(model.valid_from, model.fact_id, model.recorded_at)
        )
        for version in self._session.exec(query.execution_options(yield_per=AT_ONCE)):
            if version.fact_id in self._written[kind.name]:
                continue
            record = self._record(kind, version)
            if record is not None:
                self.records += 1
                yield _line(record)

    def _employees(self) -> SelectOfScalar[UUID]:
        return employees([self._organisation_id] if self._organisation_id else [], self._now)

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
        owned = "organisation_id" in kind.columns
        ours = columns.organisation_id == self._organisation_id if owned else true()
        if not of_people:
            return ours
        works_here = columns.person_id.in_(self._employees())
        if kind.name in WITH_THE_PERSON:
            return and_(works_here, or_(ours, columns.organisation_id.is_(None)) if owned else ours)
        employed = select(Employment.person_id).where(
            col(Employment.organisation_id) == self._organisation_id, known(Employment, self._now)
        )
        if not owned:
            return columns.person_id.in_(employed)
        nobodys = and_(columns.organisation_id.is_(None), works_here)
        return or_(and_(columns.person_id.in_(employed), ours), nobodys)


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

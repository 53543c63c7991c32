"""Writes an organisation's or a person's records in the format that import reads.

What is recorded now is written, past, present and future in valid time; where it is asked for, what was
believed before as well, with the moments between which it was. The first record of a fact has the fact's id
as its key, so that a second export has the same key; where a fact has several, the others go on with it.
Last comes what the systems that sent all this call it, so that elsewhere their next file is recognised.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, true
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.models import Employment, Posting
from profiles.employments.service import employees
from profiles.errors import Invalid
from profiles.imports.records.authority import source_label
from profiles.imports.records.facts import plain
from profiles.imports.records.kinds import (
    GRADE,
    KINDS,
    OFFICE,
    ORGANISATION,
    PERSON,
    VERSION,
    WITH_THE_PERSON,
    Kind,
    Reference,
    SourceKey,
)
from profiles.imports.records.models import Source, SourceRecord
from profiles.imports.records.told import AT_ONCE, Told, fields_of, heard, line_of, rows
from profiles.loads import Load, published_loads
from profiles.organisations.models import Organisation
from profiles.people.models import WorkPlace
from profiles.temporal import known

_BEGIN_A_PERSON = ("name", "birth_date")


class Export:
    """The records of an organisation and its people, or of a person, the oldest first within each kind.

    Of an organisation's people everything is written that the organisation owns, or that no organisation
    does. Of somebody who has left it is the record of the organisation's own time: what they were called
    then, and nothing of what went with them. Of a person it is everything, wherever they worked, with the
    grades and offices on which it rests. What would name a record that is not among these is written
    without the name or, where it must name it, left out and counted in ``left_out``.

    The ``keys`` are those of an organisation's own systems alone; of a person, of every system.

    ``with_history`` writes every version that was ever known, and when. What was corrected at the very moment
    at which it was recorded was known to nobody, and is none.
    """

    def __init__(
        self,
        session: Session,
        now: datetime,
        *,
        organisation_id: UUID | None = None,
        person_id: UUID | None = None,
        with_history: bool = False,
    ) -> None:
        """Raises Invalid unless exactly one of both is given."""
        if (organisation_id is None) == (person_id is None):
            raise Invalid("Name an organisation or a person.")
        self.records = 0
        self.keys = 0
        self.left_out = 0
        self._session, self._now, self._with_history = session, now, with_history
        self._organisation_id, self._person_id = organisation_id, person_id
        self._written: dict[str, set[UUID]] = {name: set() for name in (PERSON, *KINDS)}
        self._codes = dict(session.exec(select(Organisation.id, Organisation.code)).all())
        self._sources = {
            one.id: (self._codes[one.organisation_id], one.name)
            for one in session.exec(select(Source)).all()
            if organisation_id in (None, one.organisation_id)
        }
        self._labels = {source_label(code, name) for code, name in self._sources.values()}

    def lines(self) -> Iterator[bytes]:
        """JSON Lines, after one that names the format."""
        yield line_of({"kind": "format", "version": VERSION})
        for kind in KINDS.values():
            which = self._which(kind)
            if which is None:
                continue
            model: Any = kind.model
            said = select(model, Load.published_at, literal(self._now, UTCDateTime()))
            for told in self._rows(model, said.where(which, self._heard(model, self._now))):
                record = self._record(kind, told)
                if record is None:
                    self.left_out += 1
                    continue
                self.records += 1
                yield line_of(record)
            if self._organisation_id is not None and kind.name in _BEGIN_A_PERSON:
                yield from self._of_leavers(kind)
        for source_id in sorted(self._sources, key=lambda one: self._sources[one]):
            yield from self._keys_of(source_id)

    def _heard(self, model: Any, until: Any) -> ColumnElement[bool]:
        return heard(model, until, with_history=self._with_history)

    def _rows(self, model: Any, query: Any) -> Iterator[Told]:
        return rows(self._session, model, query)

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
        theirs = (
            select(model, Load.published_at, left.c.left_at)
            .join(left, left.c.person_id == model.person_id)
            .where(model.valid_from < left.c.left_at)
        )
        then = theirs.where(self._heard(model, left.c.left_at))
        own = theirs.where(
            model.superseded_at.is_(None),
            col(Load.organisation_id) == self._organisation_id,
            col(Load.published_at).is_not(None),
        )
        for query in (then, own):
            # Of what was known when they left, what was said of it later is not told.
            before = set(self._written[kind.name])
            for told in self._rows(model, query):
                record = None if told.version.fact_id in before else self._record(kind, told)
                if record is not None:
                    self.records += 1
                    yield line_of(record)

    def _employees(self) -> SelectOfScalar[UUID]:
        return employees([self._organisation_id] if self._organisation_id else [], self._now)

    def _keys_of(self, source_id: UUID) -> Iterator[bytes]:
        """What a source calls what was written, and what of these people it sent that was not."""
        code, name = self._sources[source_id]
        query = select(SourceRecord).where(
            SourceRecord.source_id == source_id, col(SourceRecord.load_id).in_(published_loads())
        )
        if self._person_id is not None:
            used = self._written[GRADE] | self._written[OFFICE]
            query = query.where(
                or_(col(SourceRecord.person_id) == self._person_id, col(SourceRecord.fact_id).in_(used))
            )
        query = query.order_by(col(SourceRecord.kind), col(SourceRecord.source_key))
        for one in self._session.exec(query.execution_options(yield_per=AT_ONCE)):
            is_written = one.fact_id in self._written[one.kind]
            is_of_these = one.person_id is None or one.person_id in self._written[PERSON]
            if not is_written and (one.kind == PERSON or not is_of_these):
                continue
            self.keys += 1
            key = SourceKey(
                of=one.kind,
                organisation=code,
                source=name,
                source_key=one.source_key,
                record=str(one.fact_id) if is_written else None,
                person=str(one.person_id) if one.person_id and not is_written else None,
                person_key=one.person_key,
                content_hash=one.content_hash.hex(),
            )
            yield line_of({name: value for name, value in key.model_dump().items() if value})

    def _record(self, kind: Kind, told: Told) -> dict[str, Any] | None:
        """A version as a record, without what is empty; None when it must name what is not written."""
        version = told.version
        is_first = version.fact_id not in self._written[kind.name]
        fields = fields_of(kind.name, told, is_first=is_first, with_history=self._with_history)
        if not self._with_history and version.source in self._labels:
            # Whoever said it may go on to correct it.
            fields["source"] = version.source
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
            return columns.person_id == self._person_id if of_people else self._named(kind)
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

    def _named(self, kind: Kind) -> ColumnElement[bool] | None:
        """The grades that the person held and the offices that they worked in."""
        columns = kind.table.c
        if kind.name == GRADE:
            held = select(Posting.id).where(
                col(Posting.person_id) == self._person_id,
                col(Posting.organisation_id) == columns.organisation_id,
                col(Posting.local_grade) == columns.label,
            )
            return held.exists()
        if kind.name == OFFICE:
            worked_in = select(WorkPlace.office_id).where(col(WorkPlace.person_id) == self._person_id)
            return columns.fact_id.in_(worked_in)
        return None


def note_export(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    organisation_id: UUID | None,
    person_id: UUID | None,
    with_history: bool = False,
) -> None:
    """Write down that records left in bulk."""
    append(
        session,
        Event.RECORDS_EXPORTED,
        initiator,
        now,
        organisation_id=organisation_id,
        person_id=person_id,
        details={"with_history": True} if with_history else None,
    )

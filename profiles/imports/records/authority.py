"""Which source masters which field, and what follows when a record disagrees with what is recorded.

A field that a source masters is taken from it. One that another masters, or that nobody masters and somebody
else recorded, is a conflict for a person to settle; nothing is overwritten meanwhile.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid
from profiles.imports.records.checking import Place
from profiles.imports.records.facts import TIMES
from profiles.imports.records.kinds import IMPORTED, KINDS, Kind
from profiles.imports.records.models import FieldAuthority, FieldConflict, Settlement
from profiles.loads import published_loads
from profiles.temporal import Fact

EVERY_FIELD = "*"


@dataclass(frozen=True)
class Authorities:
    """The masters of an organisation's fields, and what was said of this source's values before."""

    source: str
    label: str
    masters: Mapping[tuple[str, str], str]
    said: frozenset[tuple[UUID, str, str]]

    @classmethod
    def read(cls, session: Session, place: Place) -> "Authorities":
        """As they are now. Conflicts that were settled for what is recorded are not raised again."""
        authorities = authorities_of(session, place.organisation.id)
        conflicts = session.exec(
            select(FieldConflict.fact_id, FieldConflict.field, FieldConflict.offered).where(
                col(FieldConflict.organisation_id) == place.organisation.id,
                col(FieldConflict.source) == place.source,
                col(FieldConflict.load_id).in_(published_loads()),
                or_(
                    col(FieldConflict.settled_at).is_(None),
                    col(FieldConflict.settlement) != Settlement.TAKEN,
                ),
            )
        )
        return cls(
            place.source,
            source_label(place.organisation.code, place.source),
            {(one.kind, one.field): one.source for one in authorities},
            frozenset((fact_id, field, json.dumps(offered)) for fact_id, field, offered in conflicts),
        )

    def judge(
        self, kind: Kind, version: Fact, different: Mapping[str, Any], said_by: str | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Of the columns that differ: those to take, and those to dispute.

        ``said_by``: whose word the source passes on, such as that of a system which sent it elsewhere.
        """
        taken: dict[str, Any] = {}
        disputed: dict[str, Any] = {}
        for column, value in different.items():
            if self._may_take(kind, column, version, said_by):
                taken[column] = value
            elif (version.fact_id, field_of(kind, column), json.dumps(value)) not in self.said:
                disputed[column] = value
        return taken, disputed

    def _may_take(self, kind: Kind, column: str, version: Fact, said_by: str | None) -> bool:
        master = self.masters.get((kind.name, field_of(kind, column)))
        master = master or self.masters.get((kind.name, EVERY_FIELD))
        return master == self.source if master else version.source in (self.label, said_by)


def source_label(organisation_code: str, source: str) -> str:
    """What a fact says of its source when it was imported: two organisations may call a system the same."""
    return f"{IMPORTED}{organisation_code}:{source}"


def field_of(kind: Kind, column: str) -> str:
    """The field of a record that becomes a column."""
    names = kind.values | {one.column: one.field for one in kind.references} | TIMES
    return names[column]


def column_of(kind: Kind, field: str) -> str:
    """The column that a field of a record becomes."""
    names = kind.values | {one.column: one.field for one in kind.references} | TIMES
    return next(column for column, name in names.items() if name == field)


def fields_of(kind: Kind) -> list[str]:
    """The fields of which a source may be the master."""
    return sorted({*kind.values.values(), *TIMES.values()})


def authorities_of(session: Session, organisation_id: UUID) -> list[FieldAuthority]:
    """Who masters what at an organisation."""
    query = select(FieldAuthority).where(FieldAuthority.organisation_id == organisation_id)
    return list(session.exec(query.order_by(col(FieldAuthority.kind), col(FieldAuthority.field))).all())


def set_authority(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    kind: str,
    field: str,
    source: str,
    set_by: UUID | None,
) -> None:
    """Let a source master a field, or ``*`` for every field of a kind; an empty source: nobody.

    Raises Invalid, naming the field.
    """
    if kind not in KINDS:
        raise Invalid(f"There is no kind of record called {kind!r}.", field="kind")
    if field != EVERY_FIELD and field not in fields_of(KINDS[kind]):
        raise Invalid(f"A {kind} has no field called {field!r}.", field="field")
    for one in authorities_of(session, organisation_id):
        if (one.kind, one.field) == (kind, field):
            session.delete(one)
    session.flush()
    if source:
        session.add(
            FieldAuthority(
                organisation_id=organisation_id,
                kind=kind,
                field=field,
                source=source,
                set_at=now,
                set_by=set_by,
            )
        )
        session.flush()
    append(
        session,
        Event.FIELD_AUTHORITY_SET,
        initiator,
        now,
        organisation_id=organisation_id,
        details={"kind": kind, "field": field, "source": source},
    )

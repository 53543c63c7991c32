"""The rows of a plan, in the order of their writing, as plain values in the workbook."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Table

from profiles.imports.records.checking import Place
from profiles.imports.records.identities import Identities
from profiles.imports.records.incoming import Incoming
from profiles.imports.records.kinds import KINDS, PERSON, Kind
from profiles.imports.records.models import FieldConflict, PlannedChange, PossibleDuplicate, SourceRecord
from profiles.imports.records.workbook import Workbook, content_of
from profiles.people.models import Person
from profiles.temporal import Fact

_AT_ONCE = 2000

TABLES: dict[str, Table] = {
    name: model.__table__  # type: ignore[attr-defined]
    for name, model in {
        PERSON: Person,
        "source_record": SourceRecord,
        "planned_change": PlannedChange,
        "conflict": FieldConflict,
        "duplicate": PossibleDuplicate,
    }.items()
} | {name: kind.table for name, kind in KINDS.items()}
"""Where the rows of each name go."""


class PlanRows:
    """Writes rows to the workbook. What is known only at the writing (load, moments) is not in them."""

    def __init__(self, workbook: Workbook, place: Place, identities: Identities) -> None:
        self._workbook, self._place, self._identities = workbook, place, identities
        self._waiting: list[tuple[str, str]] = []
        self._hidden: set[str] = set()

    def add(self, target: str, row: Mapping[str, Any]) -> None:
        """Plan a row."""
        self._waiting.append((target, to_json(row).decode()))
        if len(self._waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Put what waits into the workbook."""
        self._workbook.run_many("INSERT INTO plan (target, row) VALUES (?, ?)", self._waiting)
        self._waiting.clear()

    def version(
        self, kind: Kind, one: Incoming, fact_id: UUID, columns: Mapping[str, Any], *, hidden: bool
    ) -> None:
        """A version of a fact; a hidden one counts only once the load is published."""
        if hidden and kind.name not in self._hidden:
            self._hidden.add(kind.name)
            self._workbook.run("INSERT INTO hidden_kinds VALUES (?)", kind.name)
        row = {"id": self._identities.version_id(one.n), "fact_id": fact_id.hex, **columns}
        row |= {"reason": one.reason, "hidden": hidden}
        self.add(kind.name, row | {"told": one.told} if one.told else row)

    def renewal(self, kind: Kind, one: Incoming, fact_id: UUID, version_id: UUID | None) -> None:
        """What the source's record is now, and the version that goes."""
        if one.is_new:
            self.source_record(
                kind.name, one.key, fact_id, one.person_id, one.content_hash, person_key=one.person_key
            )
        if version_id is not None or not one.is_new:
            self.add(
                "planned_change",
                {
                    "id": self._identities.other_id(),
                    "kind": kind.name,
                    "source_key": one.key,
                    "version_id": version_id.hex if version_id else None,
                    "content_hash": one.content_hash.hex(),
                },
            )

    def source_record(
        self,
        kind: str,
        key: str,
        fact_id: UUID,
        person_id: UUID | None,
        content_hash: bytes,
        *,
        person_key: str | None,
        other_source: tuple[UUID, str] | None = None,
    ) -> None:
        """What became of a source's record: this one's, or another's, named with its organisation."""
        source = {"source_id": self._place.source_id.hex}
        if other_source is not None:
            source = {"source_of": other_source[0].hex, "source": other_source[1]}
        self.add(
            "source_record",
            source
            | {
                "kind": kind,
                "source_key": key,
                "fact_id": fact_id.hex,
                "person_id": person_id.hex if person_id else None,
                "person_key": person_key,
                "content_hash": content_hash.hex(),
            },
        )

    def conflict(
        self, kind: Kind, one: Incoming, version: Fact, field: str, offered: Any, recorded: Any
    ) -> None:
        """A field on which the record and what is recorded disagree."""
        self.add(
            "conflict",
            {
                "id": self._identities.other_id(),
                "organisation_id": self._place.organisation.id.hex,
                "person_id": one.person_id.hex if one.person_id else None,
                "kind": kind.name,
                "fact_id": version.fact_id.hex,
                "field": field,
                "source": self._place.source,
                "offered": offered,
                "recorded": recorded,
                "recorded_source": version.source,
            },
        )

    def duplicates(self, key: str, candidates: Mapping[UUID, list[str]]) -> None:
        """Somebody who may be one of the candidates."""
        content, born_on = self._workbook.run(
            "SELECT r.content, (SELECT json_extract(b.content, '$.born_on')"
            " FROM refs g JOIN records b USING (n)"
            " WHERE g.kind = 'person' AND g.key = f.key AND b.kind = 'birth_date')"
            " FROM refs f JOIN records r USING (n)"
            " WHERE f.kind = 'person' AND f.key = ? AND r.kind = 'name' ORDER BY r.valid_from DESC LIMIT 1",
            key,
        ).fetchone()
        name = content_of(content)
        for candidate_id, reasons in candidates.items():
            self.add(
                "duplicate",
                {
                    "id": self._identities.other_id(),
                    "organisation_id": self._place.organisation.id.hex,
                    "source_id": self._place.source_id.hex,
                    "source_key": key,
                    "candidate_id": candidate_id.hex,
                    "reasons": reasons,
                    "name": f"{name['given_names']} {name['family_name']}",
                    "born_on": born_on,
                },
            )

"""Who and what the records of an import are: ids for what is new, those of earlier imports for the rest."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from profiles.imports.records.checking import Place
from profiles.imports.records.facts import columns_of
from profiles.imports.records.incoming import Incoming
from profiles.imports.records.kinds import CLEARANCE, EMPLOYMENT, HISTORY, PERSON, Kind
from profiles.imports.records.workbook import Workbook, content_of, kinds_present

GROUPS_AT_ONCE = 500
_BITS = 30
"""Of an id, for the number of the record and which of its four ids it is; the others are the load's."""

_FACT, _VERSION, _PERSON, _OTHER = range(4)


def ids_after(load_id: UUID) -> UUID:
    """The least id behind all that an import gives: whatever is recorded after it came has a greater one."""
    return UUID(int=((load_id.int >> _BITS) + 1) << _BITS)


class Identities:
    """Gives ids that are time-ordered, and the same in every attempt at the same import."""

    def __init__(self, workbook: Workbook, place: Place, load_id: UUID) -> None:
        self._workbook, self._place = workbook, place
        self._of_load = load_id.int >> _BITS << _BITS
        self._held: set[str] = set()
        self._held_records: set[tuple[str, str]] = set()
        self._others = 0

    def version_id(self, n: int) -> str:
        """The id of the version that record ``n`` becomes, in digits as a plan has it."""
        return f"{self._id(n, _VERSION):032x}"

    def other_id(self) -> str:
        """The next id for something that is no fact."""
        self._others += 1
        return f"{self._id(self._others, _OTHER):032x}"

    def give(self) -> None:
        """Give everything that is new its id, and find out about whom each record is."""
        book = self._workbook
        book.function("fact_id", 1, lambda n: self._id(n, _FACT).to_bytes(16))
        book.function("person_id", 1, lambda n: self._id(n, _PERSON).to_bytes(16))
        book.run(
            "UPDATE known SET fact_id = person_id((SELECT min(r.n) FROM refs f JOIN records r USING (n)"
            " WHERE f.kind = 'person' AND f.key = known.key AND f.field = 'person' AND r.kind = 'name'))"
            " WHERE kind = 'person' AND is_new = 1"
        )
        book.run("UPDATE known SET person_id = fact_id, person_key = key WHERE kind = 'person'")
        for kind in kinds_present(book):
            book.run(
                "UPDATE known SET fact_id = fact_id((SELECT r.n FROM records r"
                " WHERE r.kind = known.kind AND r.key = known.key)),"
                " (person_id, person_key) = (SELECT k.person_id, k.person_key"
                " FROM records r JOIN refs f ON f.n = r.n AND f.field = ?"
                " JOIN known k ON k.kind = f.kind AND k.key = f.key"
                " WHERE r.kind = known.kind AND r.key = known.key) WHERE kind = ? AND is_new = 1",
                _owner(kind),
                kind.name,
            )
        book.run(
            "UPDATE known SET fact_id = (SELECT first.fact_id FROM records r"
            " JOIN known first ON first.kind = r.kind AND first.key = r.continues"
            " WHERE r.kind = known.kind AND r.key = known.key) WHERE is_new = 1"
            " AND (kind, key) IN (SELECT kind, key FROM records WHERE continues IS NOT NULL)"
        )

    def new_people(self) -> list[tuple[str, UUID]]:
        """The keys and ids of those whom nobody has imported before, in the order of the files."""
        rows = self._workbook.run(
            "SELECT key, fact_id FROM known WHERE kind = 'person' AND is_new = 1 ORDER BY fact_id"
        )
        return [(key, UUID(bytes=found)) for key, found in rows]

    def hold(self, person_id: UUID) -> None:
        """Leave out what is about this person, or names them."""
        self._held.add(person_id.hex)

    def is_held(self, kind: str, key: str | None, person_id: UUID | None) -> bool:
        """Whether a record waits, or whoever it is about."""
        waits = person_id is not None and person_id.hex in self._held
        return waits or (key is not None and (kind, key) in self._held_records)

    def found(self, kind: Kind, facts: Mapping[UUID, UUID]) -> None:
        """Let what refers to records of this kind name the facts that they turned out to be.

        Another source has sent them, or somebody has recorded them, under another key.
        """
        self._workbook.run_many(
            "UPDATE known SET fact_id = ?, is_new = 0 WHERE kind = ? AND fact_id = ?",
            [(fact_id.bytes, kind.name, new.bytes) for new, fact_id in facts.items()],
        )

    def groups(self, kind: Kind, counts: Counter[str]) -> Iterator[list[list[Incoming]]]:
        """The records that are new or changed; those that could exclude each other are together."""
        groups: list[list[Incoming]] = []
        last: object = None
        for row in self._workbook.run(_RECORDS, _owner(kind), kind.name):
            n, content_hash, earlier_hash, exclusive = row[0], row[5], row[9], row[10]
            if earlier_hash == content_hash:
                counts["unchanged"] += 1
                continue
            one = self._incoming(kind, row)
            if one is None:
                self._held_records.add((kind.name, row[3]))
                counts["held"] += 1
                continue
            group = exclusive if exclusive is not None else n
            if group == last:
                groups[-1].append(one)
                continue
            last = group
            if len(groups) == GROUPS_AT_ONCE:
                yield groups
                groups = []
            groups.append([one])
        if groups:
            yield groups

    def _incoming(self, kind: Kind, row: tuple[Any, ...]) -> Incoming | None:
        """The record of a row; None while it is about, or names, somebody who waits."""
        n, file, line, key, content, content_hash, fact_id, person, is_new = row[:9]
        refs, subject_is_new, person_key = row[11:]
        named = content_of(refs)
        whose = person.hex() if person else None
        if self._held and (whose in self._held or not self._held.isdisjoint(named.values())):
            return None
        fields = content_of(content)
        is_past = fields.get("recorded_at") is not None
        told = {name: fields.get(name) for name in (HISTORY if is_past else ("source",))}
        told = told if is_past or told["source"] else {}
        columns = columns_of(kind, fields, named, self._place.codes, self._place.organisation.id)
        if kind.person_follows and whose is not None:
            columns["person_id"] = whose
        return Incoming(
            n=n,
            file=file,
            line=line,
            key=key,
            content_hash=content_hash,
            fact_id=UUID(bytes=fact_id),
            person_id=UUID(bytes=person) if person else None,
            person_key=person_key,
            is_new=bool(is_new),
            subject_is_new=bool(subject_is_new),
            columns=columns,
            reason=fields["reason"] if is_past else fields["reason"] or f"Imported from {self._place.source}",
            continues=fields.get("continues") is not None,
            told=told,
        )

    def _id(self, n: int, which: int) -> int:
        return self._of_load | (n << 2) | which


_RECORDS = """
SELECT r.n, r.file, r.line, r.key, r.content, r.hash, k.fact_id, k.person_id, k.is_new, k.hash, r.exclusive,
    (SELECT json_group_object(f.field, lower(hex(o.fact_id))) FROM refs f
        JOIN known o ON o.kind = f.kind AND o.key = f.key WHERE f.n = r.n),
    (SELECT o.is_new FROM refs f
        JOIN known o ON o.kind = f.kind AND o.key = f.key WHERE f.n = r.n AND f.field = ?),
    k.person_key
FROM records r JOIN known k ON k.kind = r.kind AND k.key = r.key
WHERE r.kind = ? ORDER BY r.exclusive, r.valid_from, r.n
"""


def _owner(kind: Kind) -> str:
    """The field that says about whom or what a record is."""
    owners = [one.field for one in kind.references if one.kind in (CLEARANCE, EMPLOYMENT, PERSON)]
    return owners[0] if owners else PERSON

"""What is recorded already where records come in: the versions that a kind's records may be, or exclude."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.columns import is_among
from profiles.imports.records.checking import in_batches
from profiles.imports.records.facts import plain
from profiles.imports.records.incoming import Incoming
from profiles.imports.records.kinds import Kind
from profiles.temporal import Fact, known_of_few, rule_of

SUBJECTS = ("person_id", "employment_id", "clearance_id")


class Existing:
    """The current versions of one kind that some records are about."""

    def __init__(self, session: Session, kind: Kind, now: datetime) -> None:
        self._session, self._kind, self._now = session, kind, now
        # It is the same of each rule, where a kind has several.
        compared = [one for rule in kind.model.exclusive[:1] for one in rule.columns]
        self._lead = next((one for one in compared if one != "organisation_id"), None)
        self._by_fact: dict[UUID, list[Fact]] = {}
        self._by_group: dict[tuple[Any, ...], list[Fact]] = {}

    def look_up(self, records: Iterable[Incoming]) -> None:
        """Read what these records may be, or may exclude."""
        self._by_fact, self._by_group = {}, {}
        records = list(records)
        self._read("fact_id", [one.fact_id for one in records if not one.is_new or one.continues])
        if self._lead is not None:
            fresh = self._lead in SUBJECTS
            values = [one.columns[self._lead] for one in records if not (fresh and one.subject_is_new)]
            ids = [UUID(value) for value in values] if fresh else values
            self._read(self._lead, ids)

    def matching(self, one: Incoming, claimed: Collection[UUID]) -> list[Fact]:
        """The version that the record is: by what an earlier import made of it, else by its time.

        Of a fact with several stretches it is the nearest that no other record has claimed.
        """
        if not one.is_new:
            free = [version for version in self.versions_of(one.fact_id) if version.id not in claimed]
            return sorted(free, key=lambda version: _distance(version, one))[:1]
        found = [version for version in self.group_of(one.columns) if _overlap(version, one.columns)]
        return [version for version in found if version.id not in claimed]

    def versions_of(self, fact_id: UUID) -> list[Fact]:
        """The versions of a fact that was known before."""
        return self._by_fact.get(fact_id, [])

    def group_of(self, columns: Mapping[str, Any]) -> list[Fact]:
        """The versions that exclude, where they overlap, a fact with these columns."""
        if not self._by_group:
            return []
        group = self.group_key(columns)
        return [] if group is None else self._by_group.get(group, [])

    def group_key(self, columns: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """What facts of the kind must not share at the same time; None where the rule does not ask."""
        rule = rule_of(self._kind.model, columns.__getitem__)
        return None if rule is None else tuple(columns[name] for name in rule.compared)

    def clashes(self, written: list[Mapping[str, Any]], gone: Collection[UUID]) -> bool:
        """Whether facts with these columns overlap each other, or one that stays."""
        if len(written) == 1 and not self._by_group:
            return False
        for position, columns in enumerate(written):
            key = self.group_key(columns)
            if key is None:
                continue
            stay = [one for one in self._by_group.get(key, []) if one.id not in gone]
            if any(_overlap(version, columns) for version in stay):
                return True
            others = [other for other in written[:position] if self.group_key(other) == key]
            if any(_spans_overlap(span_of(other), span_of(columns)) for other in others):
                return True
        return False

    def _read(self, column: str, values: Iterable[Any]) -> None:
        model = self._kind.model
        names = self._kind.columns
        for batch in in_batches(dict.fromkeys(values)):
            found = is_among(self._session, col(getattr(model, column)), batch)
            query = select(model).where(known_of_few(model, self._now), found)
            for version in self._session.exec(query.order_by(col(model.valid_from))).all():
                if column == "fact_id":
                    self._by_fact.setdefault(version.fact_id, []).append(version)
                    continue
                key = self.group_key({name: plain(getattr(version, name)) for name in names})
                if key is not None:
                    self._by_group.setdefault(key, []).append(version)
            self._session.expunge_all()


def span_of(columns: Mapping[str, Any]) -> tuple[datetime, datetime | None]:
    """The valid time of plain columns."""
    ends = columns["valid_to"]
    return datetime.fromisoformat(columns["valid_from"]), datetime.fromisoformat(ends) if ends else None


def _distance(version: Fact, one: Incoming) -> tuple[bool, bool, datetime]:
    """How far a stretch of a fact is from being the one that a record is about: least is nearest."""
    other_start = plain(version.valid_from) != one.columns["valid_from"]
    return other_start, not _overlap(version, one.columns), version.valid_from


def _overlap(version: Fact, columns: Mapping[str, Any]) -> bool:
    return _spans_overlap((version.valid_from, version.valid_to), span_of(columns))


def _spans_overlap(first: tuple[datetime, datetime | None], second: tuple[datetime, datetime | None]) -> bool:
    return (first[1] is None or second[0] < first[1]) and (second[1] is None or first[0] < second[1])

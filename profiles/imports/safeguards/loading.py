"""Reads safeguards in, beside the records of the same organisation: nothing is ever lifted by it.

A line that is recorded here already changes nothing, and neither does one about whom an officer here has said
anything of the kind: marked or lifted, that stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.employments.models import Employment
from profiles.employments.service import employees
from profiles.errors import Conflict
from profiles.imports.lines import Line, Lines
from profiles.imports.records.facts import find_id
from profiles.imports.records.kinds import IMPORTED, PERSON
from profiles.imports.records.models import Source, SourceRecord
from profiles.imports.records.problems import Problem
from profiles.imports.records.reading import read
from profiles.imports.safeguards.kinds import ACCOUNT, KINDS, MARK
from profiles.imports.safeguards.kinds import ORGANISATION as SUSPENDED_ORGANISATION
from profiles.loads import published_loads
from profiles.organisations import service as organisations
from profiles.organisations.models import Organisation
from profiles.people.service import take_turns
from profiles.temporal import Fact, record

_BEGAN = {
    MARK: Event.PERSON_MARKED_SENSITIVE,
    ACCOUNT: Event.ACCOUNT_SUSPENDED,
    SUSPENDED_ORGANISATION: Event.ORGANISATION_SUSPENDED,
}


class Fate(StrEnum):
    """What became of a line."""

    RECORDED = "recorded"
    AS_BEFORE = "as_before"
    """It came earlier; what officers here have done with it since stands."""
    SETTLED_HERE = "settled_here"
    """Officers here have said something of the kind about them themselves."""
    NOBODY_YET = "nobody_yet"
    """Nobody whom the source's records call so is recorded yet."""
    ELSEWHERE = "elsewhere"
    """They work for another organisation now, whose officers decide."""


@dataclass
class Outcome:
    """What became of each line, and who is suspended by it now."""

    lines: dict[int, Fate] = field(default_factory=dict)
    suspended: set[UUID] = field(default_factory=set)
    organisation_suspended: bool = False

    def of(self, fate: Fate) -> list[int]:
        """The numbers of the lines with this fate."""
        return sorted(line for line, one in self.lines.items() if one is fate)


class SafeguardImport:
    """A safeguards' file that was read and checked. ``problems`` says of each line what is wrong with it."""

    def __init__(
        self, file: str, chunks: Iterable[bytes], now: datetime, *, with_history: bool = False
    ) -> None:
        found = Lines(file, read(file, chunks, KINDS), now, subject_of=_subject_of, with_history=with_history)
        # Where nobody is marked or suspended the file holds nothing, and that is right.
        problems = (one for one in found.problems if one.code != "empty")
        self.problems: list[Problem] = sorted(problems, key=lambda one: one.line)
        self._lines, self._now = found.lines, now

    def record(
        self, session: Session, initiator: Initiator, *, organisation_id: UUID, source: Source
    ) -> Outcome:
        """Record what it says of people whom this source's import of records has brought.

        Raises Conflict where the file has problems.
        """
        if self.problems:
            raise Conflict("The file has problems. Nothing of it is recorded.")
        return _Recording(session, self._lines, self._now, initiator, organisation_id, source).everything()


class _Recording:
    def __init__(
        self,
        session: Session,
        lines: list[Line],
        now: datetime,
        initiator: Initiator,
        organisation_id: UUID,
        source: Source,
    ) -> None:
        self._session, self._lines, self._now, self._initiator = session, lines, now, initiator
        self._organisation_id, self._source = organisation_id, source
        codes = session.exec(select(Organisation.code, Organisation.id)).all()
        self._organisations: Mapping[str, UUID] = dict(codes)
        own = next(code for code, one in codes if one == organisation_id)
        self._label = f"{IMPORTED}{own}:{source.name}"
        self._places = organisations.tree(session, now).subtree_of(organisation_id)
        self._people = self._named_people(source)
        self._elsewhere = self._of_others()
        self._said_of: dict[tuple[str, UUID], tuple[str, ...]] = {}
        self._outcome = Outcome()

    def everything(self) -> Outcome:
        # One after the other with whoever marks or suspends one of them by hand, or makes one person of two.
        take_turns(self._session, sorted(set(self._people.values())))
        if self._named_people(self._source) != self._people:
            raise Conflict("The records of these people were changed meanwhile. Read the file again.")
        facts: dict[tuple[str, str], UUID] = {}
        for one in self._lines:
            if one.record.continues is None:
                facts[one.kind, one.record.source_key] = self._id_of(one)
        here = {kind: self._known(kind, set(facts.values())) for kind in KINDS}
        for one in self._lines:
            first = facts[one.kind, one.record.continues or one.record.source_key]
            fate = self._fate(one, first, *here[one.kind])
            self._outcome.lines[one.number] = fate
            if fate is Fate.RECORDED:
                self._record(one, first)
        details = {fate.value: len(self._outcome.of(fate)) for fate in Fate}
        append(
            self._session,
            Event.SAFEGUARDS_IMPORTED,
            self._initiator,
            self._now,
            organisation_id=self._organisation_id,
            details=details,
        )
        return self._outcome

    def _fate(self, one: Line, fact_id: UUID, came: set[UUID], said: set[UUID]) -> Fate:
        if fact_id in came:
            return Fate.AS_BEFORE
        subject = self._subject(one)
        if subject is None:
            return Fate.NOBODY_YET
        if subject in self._elsewhere:
            return Fate.ELSEWHERE
        # Of two who are one person here the first one counts.
        is_another = self._said_of.setdefault((one.kind, subject), one.subject) != one.subject
        return Fate.SETTLED_HERE if subject in said or is_another else Fate.RECORDED

    def _record(self, one: Line, fact_id: UUID) -> None:
        kind, said = KINDS[one.kind], one.record
        columns: dict[str, Any] = {"organisation_id": self._organisation_id}
        if one.kind != SUSPENDED_ORGANISATION:
            # Of a code that is none here the importing one's officers look after it.
            looks_after = self._organisations.get(said.organisation or "", self._organisation_id)
            columns = {"organisation_id": looks_after, "person_id": self._people[said.person]}
        fact = kind.model(
            id=self._id_of(one) if said.continues is not None else new_id(),
            fact_id=fact_id,
            valid_from=said.valid_from,
            valid_to=said.valid_until,
            recorded_at=said.recorded_at or self._now,
            superseded_at=said.superseded_at,
            source=said.source or self._label,
            reason=said.reason,
            **columns,
        )
        if not one.is_known_now:
            self._session.add(fact)
            self._session.flush()
            return
        record(self._session, fact)
        if one.holds(self._now):
            self._note(one, fact, columns)

    def _note(self, one: Line, fact: Fact, columns: Mapping[str, Any]) -> None:
        """What holds now is in the trail as if an officer had done it."""
        person_id = columns.get("person_id")
        append(
            self._session,
            _BEGAN[one.kind],
            self._initiator,
            self._now,
            person_id=person_id,
            organisation_id=columns["organisation_id"],
            personal={"reason": fact.reason},
        )
        if one.kind == ACCOUNT and person_id is not None:
            self._outcome.suspended.add(person_id)
        self._outcome.organisation_suspended |= one.kind == SUSPENDED_ORGANISATION

    def _id_of(self, one: Line) -> UUID:
        """Always the same for a line of this source, so that it is known when it comes again."""
        key = one.record.source_key
        return find_id(key) or uuid5(self._source.id, f"{one.kind}:{key}")

    def _subject(self, one: Line) -> UUID | None:
        if one.kind == SUSPENDED_ORGANISATION:
            return self._organisation_id
        return self._people.get(one.record.person)

    def _known(self, kind: str, brought: set[UUID]) -> tuple[set[UUID], set[UUID]]:
        """Which of these facts are recorded already, and of whom something else of the kind ever was."""
        model: Any = KINDS[kind].model
        subject = model.organisation_id if kind == SUSPENDED_ORGANISATION else model.person_id
        rows = self._session.exec(select(model.fact_id, subject)).all()
        return {one for one, _ in rows if one in brought}, {one for key, one in rows if key not in brought}

    def _named_people(self, source: Source) -> dict[str, UUID]:
        found = select(SourceRecord.source_key, SourceRecord.fact_id).where(
            SourceRecord.source_id == source.id,
            SourceRecord.kind == PERSON,
            col(SourceRecord.load_id).in_(published_loads()),
        )
        named = {one.record.person for one in self._lines if one.kind != SUSPENDED_ORGANISATION}
        return {key: person_id for key, person_id in self._session.exec(found) if key in named}

    def _of_others(self) -> set[UUID]:
        """Who of them works for others now, and not here."""
        here = employees(self._places, self._now)
        theirs = select(Employment.person_id).where(
            col(Employment.person_id).in_(
                employees([one for one in self._organisations.values() if one not in self._places], self._now)
            ),
            col(Employment.person_id).not_in(here),
        )
        return set(self._session.exec(theirs)) & set(self._people.values())


def _subject_of(kind: str, one: Any) -> tuple[str, ...]:
    return () if kind == SUSPENDED_ORGANISATION else (one.person,)

"""What an import would record, change and leave alone, worked out before anything is written.

The plan is rows in the workbook, in the order of their writing. The same records and the same database give
the same plan with the same ids, so that a broken import goes on where it ended.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.employments.models import Posting
from profiles.imports.records import duplicates, planned_keys, vanished, vetting
from profiles.imports.records.authority import Authorities, field_of
from profiles.imports.records.checking import Place
from profiles.imports.records.existing import SUBJECTS, Existing
from profiles.imports.records.facts import plain
from profiles.imports.records.identities import Identities
from profiles.imports.records.incoming import Incoming
from profiles.imports.records.kinds import CLEARANCE, PAY, PERSON, Kind
from profiles.imports.records.plan_rows import PlanRows
from profiles.imports.records.problems import Problem
from profiles.imports.records.salaries import Salaries
from profiles.imports.records.workbook import Workbook, kinds_present
from profiles.organisations.models import LocalGrade
from profiles.people.service import search_key
from profiles.temporal import Fact, known

_OF_STEPS = ("status", "valid_from", "fact_id")
_NAMES = ("given_names", "middle_names", "family_name", "known_as")


def plan(session: Session, workbook: Workbook, place: Place, load_id: UUID, now: datetime) -> Counter[str]:
    """Plan an import whose records were checked; return how many people and records there are of each fate.

    What only the recorded facts can tell against a record is reported in the workbook.
    """
    planner = _Planner(session, workbook, place, load_id, now)
    duplicates.find(session, workbook, place, now)
    planner.people()
    for kind in kinds_present(workbook):
        planner.records(kind)
    planner.counts["vanished"] = vanished.report(session, workbook, place)
    planner.counts["keys"] = planned_keys.plan(session, workbook, place, planner.identities, planner.rows)
    planner.rows.flush()
    planner.counts["outside_scale"] = planner.salaries.report()
    for table, people in (("affected", planner.affected), ("touched", planner.touched)):
        workbook.run_many(f"INSERT INTO {table} VALUES (?)", ((one.bytes,) for one in people))  # noqa: S608
    # Whom these files bring is nobody yet who could decide on them.
    workbook.run(
        "DELETE FROM touched WHERE person_id IN (SELECT fact_id FROM known WHERE kind = ? AND is_new = 1)",
        PERSON,
    )
    return planner.counts


class _Planner:
    def __init__(
        self,
        session: Session,
        workbook: Workbook,
        place: Place,
        load_id: UUID,
        now: datetime,
    ) -> None:
        self.session, self.workbook, self.place, self.now = session, workbook, place, now
        self.counts: Counter[str] = Counter()
        self.affected: set[UUID] = set()
        self.touched: set[UUID] = set()
        self.identities = Identities(workbook, place, load_id)
        self.authorities = Authorities.read(session, place)
        self.rows = PlanRows(workbook, place, self.identities)
        self.salaries = Salaries(session, workbook, place, now)
        self._found: dict[UUID, UUID] = {}
        """Facts of the kind being planned that were taken for new, and turned out to be ones recorded."""

    def people(self) -> None:
        """New people, apart from those who wait for somebody to say whether they are new."""
        self.identities.give()
        waiting = duplicates.held(self.workbook)
        for key, person_id in self.identities.new_people():
            if key in waiting and self.place.with_history:
                self.workbook.report_records(
                    "person",
                    "recorded_already",
                    "may be somebody who is recorded here already: settle that before their past comes in",
                    "SELECT r.file, r.line FROM refs f JOIN records r USING (n)"
                    " WHERE f.kind = ? AND f.key = ? AND r.kind = 'name' ORDER BY n LIMIT 1",
                    *(PERSON, key),
                )
            elif key in waiting:
                self.counts["waiting"] += 1
                self.identities.hold(person_id)
                self.rows.duplicates(key, waiting[key])
            else:
                self.counts["people"] += 1
                self.rows.add(PERSON, {"id": person_id.hex})
                self.rows.source_record(PERSON, key, person_id, person_id, b"", person_key=key)

    def records(self, kind: Kind) -> None:
        """The records of a kind, some groups at a time."""
        existing = Existing(self.session, kind, self.now)
        for groups in self.identities.groups(kind, self.counts):
            existing.look_up(one for group in groups for one in group)
            for group in groups:
                self._group(kind, group, existing)
        self.identities.found(kind, self._found)
        self._found.clear()

    def _group(self, kind: Kind, group: list[Incoming], existing: Existing) -> None:
        """Records that exclude each other where they overlap, or one that excludes nothing."""
        plan = self._history if self.place.with_history else self._changes
        written, gone = plan(kind, group, existing)
        if written and existing.clashes(written, gone.keys()):
            self._report(
                group[0], "overlap", "covers a time that another record covers, which is there already"
            )
        if written and kind.name == CLEARANCE:
            self._check_steps(kind, group[0], written, gone, existing)

    def _changes(
        self, kind: Kind, group: list[Incoming], existing: Existing
    ) -> tuple[list[Mapping[str, Any]], dict[UUID, Fact]]:
        """Plan what is new or changed; return the columns that are written, and the versions that go."""
        gone: dict[UUID, Fact] = {}
        claimed: set[UUID] = set()
        written: list[Mapping[str, Any]] = []
        for one in group:
            found = existing.matching(one, claimed)
            if one.continues and self._is_of_another(one, existing.versions_of(one.fact_id)):
                self._report(one, "other_subject", "goes on with somebody else's record")
            elif len(found) > 1:
                self._report(one, "overlap", "overlaps several records that are there, so it is none of them")
            elif not found:
                # Written hidden where an older version still covers its time until all is published.
                self._add(kind, one, hidden=bool(existing.group_of(one.columns)))
                self._note(kind, one, None, one.columns)
                written.append(one.columns | {"fact_id": self._found.get(one.fact_id, one.fact_id).hex})
            else:
                claimed.add(found[0].id)
                if one.is_new and not one.continues and found[0].fact_id != one.fact_id:
                    self._found[one.fact_id] = found[0].fact_id
                columns = self._change(kind, one, found[0])
                if columns is not None:
                    gone[found[0].id] = found[0]
                    written.append(columns)
        return written, gone

    def _history(
        self, kind: Kind, group: list[Incoming], existing: Existing
    ) -> tuple[list[Mapping[str, Any]], dict[UUID, Fact]]:
        """The same of what was known when: it is taken of nothing but what these files bring.

        What is recorded here has a past of its own, which nobody rewrites.
        """
        written: list[Mapping[str, Any]] = []
        for one in group:
            is_of_people = "person_id" in kind.columns
            is_recorded = not one.subject_is_new if is_of_people else bool(existing.group_of(one.columns))
            if not one.is_new or is_recorded:
                self._report(one, "recorded_already", "is recorded here already, with a past of its own")
                continue
            self._add(kind, one, hidden=False)
            if one.told["superseded_at"]:
                self.counts["superseded"] += 1
            else:
                self._note(kind, one, None, one.columns)
                written.append(one.columns | {"fact_id": one.fact_id.hex})
        return written, {}

    def _add(self, kind: Kind, one: Incoming, *, hidden: bool) -> None:
        fact_id = self._found.get(one.fact_id, one.fact_id)
        self.counts["added"] += 1
        self.rows.version(kind, one, fact_id, one.columns, hidden=hidden)
        self.rows.renewal(kind, one, fact_id, None)

    def _check_steps(
        self,
        kind: Kind,
        first: Incoming,
        written: list[Mapping[str, Any]],
        gone: Mapping[UUID, Fact],
        existing: Existing,
    ) -> None:
        """Report a clearance that would become what cannot follow."""
        stay = [one for one in existing.group_of(first.columns) if one.id not in gone]
        refused = vetting.find_refused_step(
            [{name: plain(getattr(one, name)) for name in _OF_STEPS} for one in stay],
            written,
            [{name: plain(getattr(one, name)) for name in _OF_STEPS} for one in gone.values()],
        )
        if refused is not None:
            self._report(first, "step", refused)

    def _change(self, kind: Kind, one: Incoming, version: Fact) -> dict[str, Any] | None:
        """Plan what becomes of a version; the columns of the one in its place, or None when it stays."""
        before = {name: plain(getattr(version, name)) for name in one.columns}
        if self._is_of_another(one, [version]):
            self._report(one, "other_subject", "is, by its key or number, somebody else's record")
            return None
        different = {
            name: value
            for name, value in one.columns.items()
            if name != "search_key" and before[name] != value
        }
        taken, disputed = self.authorities.judge(kind, version, different, one.told.get("source"))
        for name, value in disputed.items():
            self.counts["conflicts"] += 1
            self.rows.conflict(kind, one, version, field_of(kind, name), value, before[name])
        if not taken:
            self.counts["agreed"] += 1
            self.rows.renewal(kind, one, version.fact_id, None)
            return None
        self.counts["changed"] += 1
        columns = before | taken
        self._note(kind, one, version, columns)
        if "search_key" in columns:
            columns["search_key"] = search_key(*(columns[name] for name in _NAMES))
        self.rows.version(kind, one, version.fact_id, columns, hidden=True)
        self.rows.renewal(kind, one, version.fact_id, version.id)
        return columns | {"fact_id": version.fact_id.hex}

    def _is_of_another(self, one: Incoming, versions: Collection[Fact]) -> bool:
        """Whether these versions are about somebody, or something, else than the record."""
        names = [name for name in SUBJECTS if name in one.columns]
        return any(
            plain(getattr(version, name)) != one.columns[name] for version in versions for name in names
        )

    def _note(self, kind: Kind, one: Incoming, version: Fact | None, columns: Mapping[str, Any]) -> None:
        """Note whom it is about, whose access may change, and what becomes of clearances."""
        if one.person_id is not None:
            self.touched.add(one.person_id)
        self._affect(kind, one, version)
        if kind.name == PAY:
            self.salaries.add(one, columns)
        if kind.always_waits:
            self.counts["always_wait"] += 1
        if kind.of_vetting:
            self.counts["vetting"] += 1
            if self.counts["vetting"] <= vetting.MOST_LINES:
                before = {"status": plain(getattr(version, "status", None))} if version else None
                line = vetting.line_of(kind, one.person_id, before, columns)
                self.workbook.run("INSERT INTO clearances VALUES (?)", json.dumps(line))

    def _affect(self, kind: Kind, one: Incoming, version: Fact | None) -> None:
        """Note whose access may change."""
        if not kind.opens_access:
            return
        people = {one.person_id} if one.person_id else set()
        if kind.name == "grade":
            people = self._posted_at(one.columns["organisation_id"], one.columns["label"])
        if isinstance(version, LocalGrade):
            people |= self._posted_at(version.organisation_id.hex, version.label)
        self.affected |= people
        self.touched |= people

    def _posted_at(self, organisation_id: str, label: str) -> set[UUID]:
        """Who holds a grade, or will."""
        posted = select(Posting.person_id).where(
            Posting.organisation_id == UUID(organisation_id),
            Posting.local_grade == label,
            known(Posting, self.now),
            or_(col(Posting.valid_to).is_(None), col(Posting.valid_to) > self.now),
        )
        return set(self.session.exec(posted))

    def _report(self, one: Incoming, code: str, message: str) -> None:
        self.workbook.report(Problem(one.file, one.line, "", code, message))

"""Runs imports of records: the transactions, and the order of the steps, that ``profiles`` leaves to us.

An import is checked and planned from its files each time, which only reads; what it writes is the plan that
was checked and, where that was needed, approved. If facts have changed meanwhile, it is checked again.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.database import open_session, transaction
from app.table_statistics import TableStatistics
from profiles.audit.service import Initiator
from profiles.errors import Conflict
from profiles.imports.records import (
    checking,
    content,
    grades,
    planning,
    preview,
    reach,
    service,
    turns,
    whose,
    writing,
)
from profiles.imports.records.checking import Place, place_of
from profiles.imports.records.models import Import, ImportState, Source
from profiles.imports.records.reading import read
from profiles.imports.records.workbook import Workbook
from profiles.portable_profile.kinds import OF_PAY

Clock = Callable[[], datetime]
Progress = Callable[[str, int, int], None]
"""Told the step, how much of it is done, and how much there is (0: not known)."""
File = tuple[str, Iterable[bytes]]

READING, COMPARING, WRITING = "reading", "comparing", "writing"
TELL_EVERY = 20_000
_COUNTS = (
    *("people", "waiting", "added", "changed", "agreed", "unchanged", "conflicts", "held", "vanished"),
    *("vetting", "always_wait", "superseded", "keys", "outside_scale"),
)


@dataclass(frozen=True)
class Prepared:
    """An import that was checked and planned; the workbook is its plan, unless there are problems."""

    workbook: Workbook
    place: Place
    checked: service.Checked
    planned_at: datetime
    beside: frozenset[UUID]
    """What was being written when the plan was begun."""


@contextmanager
def prepare(
    engine: Engine,
    organisation_id: UUID,
    source: Source,
    files: Callable[[Session], Iterable[File]],
    *,
    load_id: UUID,
    now: datetime,
    progress: Progress,
    with_history: bool = False,
    sent_by: UUID | None = None,
    by_program: bool = False,
) -> Iterator[Prepared]:
    """Check and plan, as things are now, what the files of a source hold; nothing is written."""
    with open_session(engine, writes=False) as session:
        beside = turns.being_written(session)
        place = place_of(
            session,
            organisation_id,
            source,
            now,
            with_history=with_history,
            sent_by=sent_by,
            by_program=by_program,
        )
    with Workbook(place.organisation.code) as workbook:
        with open_session(engine, writes=False) as session:
            for name, chunks in files(session):
                for done in workbook.add(name, read(name, chunks)):
                    progress(READING, done, 0)
            progress(COMPARING, 0, 0)
            checking.check(session, workbook, place, now)
            counts: dict[str, int] = {}
            if not workbook.problems:
                counts = dict(planning.plan(session, workbook, place, load_id, now))
            counts = {"records": workbook.records, "pay": pay_records(workbook)} | {
                name: counts.get(name, 0) for name in _COUNTS
            }
            unknown = grades.unknown_in(workbook)
            below = reach.organisations_below(session, workbook, place, now)
            checked = service.Checked(workbook.problems, 0, (), counts, [], [], "", unknown, below)
            if not workbook.problems:
                number, changes = preview.affected(session, workbook, place, now)
                checked = service.Checked(
                    problems=0,
                    affected=number,
                    touched={UUID(bytes=one) for one in workbook.column("SELECT person_id FROM touched")},
                    counts=counts,
                    changes=changes,
                    clearances=preview.clearances(session, workbook, now),
                    plan_hash=workbook.plan_hash(),
                    organisations_below=below,
                )
        yield Prepared(workbook, place, checked, now, beside)


def pay_records(workbook: Workbook) -> int:
    """How many of its records say what somebody is paid."""
    kinds = ", ".join(f"'{one.value}'" for one in sorted(OF_PAY))
    found: int = workbook.run(f"SELECT count(*) FROM records WHERE kind IN ({kinds})").fetchone()[0]  # noqa: S608 - constants
    return found


class RecordImport:
    """One import on its way; each step is a transaction of its own."""

    def __init__(
        self,
        engine: Engine,
        import_id: UUID,
        *,
        clock: Clock = lambda: datetime.now(UTC),
        progress: Progress = lambda step, done, total: None,
    ) -> None:
        self._engine, self.import_id, self._clock, self._tell = engine, import_id, clock, progress

    def check(self, approval_above: int) -> Import:
        """Check a received import and note what was found. Nothing else is written."""
        with self._prepared() as prepared:
            self._record(prepared, approval_above)
        return self._seen()

    def check_and_publish(self, approval_above: int, initiator: Initiator) -> Import:
        """The same, and what needs no second officer is published at once."""
        with self._prepared() as prepared:
            self._record(prepared, approval_above)
            if self._seen().state is not ImportState.READY:
                return self._seen()
            with self._turn() as (session, one):
                service.approve(session, self._clock(), one, initiator, None)
            return self._publish(prepared, initiator)

    def publish(self, initiator: Initiator) -> Import:
        """Write an approved import, or what a broken attempt left to do, and show it.

        Where facts have changed since it was checked it is received again, and nothing stays written. It
        stays approved while one is being written that could be in its way. Raises Conflict when another
        process is writing it.
        """
        with self._prepared() as prepared:
            return self._publish(prepared, initiator)

    def give_way(self) -> None:
        """Take back what was written, so that nobody waits for what comes to no end; it is checked again."""
        if self._seen().state is ImportState.WRITING:
            self._begin_again()

    def _record(self, prepared: Prepared, approval_above: int) -> None:
        with self._turn() as (session, one):
            service.forget_people(session, one)
            reach.note(session, one, prepared.checked.organisations_below)
        for people in checking.in_batches(prepared.checked.touched, writing.ROWS_IN_A_BATCH):
            with self._turn() as (session, one):
                service.note_people(session, one, people)
        report = content.pack_report(prepared.workbook)
        people = self._whose(prepared)
        with self._turn() as (session, one):
            service.record_check(session, one, prepared.checked, self._clock(), approval_above)
            content.keep_report(session, self.import_id, report)
            content.keep_whose(session, self.import_id, people)

    def _whose(self, prepared: Prepared) -> list[bytes]:
        """Whose access changes, or may, packed."""
        if not prepared.checked.affected:
            return []
        with open_session(self._engine, writes=False) as session:
            found = whose.pieces(session, prepared.workbook, prepared.planned_at)
            return [zlib.compress(piece) for piece in found]

    def _publish(self, prepared: Prepared, initiator: Initiator) -> Import:
        if self._seen().plan_hash != prepared.checked.plan_hash:
            return self._begin_again()
        try:
            if not self._write(prepared):
                return self._seen()
        except IntegrityError:
            return self._begin_again()
        try:
            with self._turn() as (session, one):
                now = self._clock()
                writing.show(session, one, prepared.workbook, now)
                service.finish(session, one, now, initiator)
        except (Conflict, IntegrityError):
            return self._begin_again()
        return self._seen()

    @contextmanager
    def _prepared(self) -> Iterator[Prepared]:
        one = self._seen()
        with open_session(self._engine, writes=False) as session:
            source = service.source_of(session, one)

        def files(session: Session) -> Iterator[File]:
            for name in content.names_of(session, one.id):
                yield name, content.chunks_of(session, one.id, name)

        with prepare(
            self._engine,
            one.organisation_id,
            source,
            files,
            load_id=one.load_id,
            now=self._clock(),
            progress=self._progress,
            with_history=one.with_history,
            sent_by=one.sent_by,
            by_program=one.by_itself,
        ) as prepared:
            yield prepared

    def _write(self, prepared: Prepared) -> bool:
        """Write what is left of it; False, and nothing is written, while its turn has not come."""
        with self._turn() as (session, one):
            plan = prepared.planned_at, prepared.beside
            if not service.begin_writing(session, one, self._clock(), *plan):
                return False
            load = writing.begin(session, one, prepared.workbook, self._clock())
            done, total = load.rows_done, load.rows_total
        self._progress(WRITING, done, total)
        statistics = TableStatistics(self._engine)
        for batch in writing.batches(prepared.workbook, done):
            with self._turn() as (session, one):
                writing.write(session, batch, one, prepared.place)
                service.note_progress(one, self._clock(), WRITING, batch.end, total)
            statistics.written(batch.counts())
            self._tell(WRITING, batch.end, total)
        statistics.complete()
        return True

    def _begin_again(self) -> Import:
        more = True
        while more:
            with self._turn() as (session, one):
                more = writing.take_back(session, one)
        with self._turn() as (session, one):
            service.begin_again(one, self._clock())
        return self._seen()

    @contextmanager
    def _turn(self) -> Iterator[tuple[Session, Import]]:
        with transaction(self._engine) as session:
            yield session, service.get(session, self.import_id)

    def _seen(self) -> Import:
        with open_session(self._engine, writes=False) as session:
            return service.get(session, self.import_id)

    def _progress(self, step: str, done: int, total: int) -> None:
        """Tell whoever watches; of what only reads, not so often that it writes all the time."""
        self._tell(step, done, total)
        if step != READING or done % TELL_EVERY == 0:
            with self._turn() as (_, one):
                service.note_progress(one, self._clock(), step, done, total)

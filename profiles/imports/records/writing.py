"""Writes a plan as a load: in short batches that nobody sees, then shown all at once, or taken back whole.

A version that comes in the place of another is written *hidden*: superseded at the moment at which it was
recorded, so that it was never so. The one transaction that publishes supersedes the old versions and lets the
new ones be; only the numbers of rows are large then, not the statements.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, func, select, tuple_, update
from sqlmodel import Session, col

from profiles.bulk_rows import insert_many
from profiles.errors import Conflict
from profiles.imports.records import overlaps
from profiles.imports.records.authority import source_label
from profiles.imports.records.checking import Place
from profiles.imports.records.facts import plain
from profiles.imports.records.kinds import KINDS, PERSON
from profiles.imports.records.models import Import, PlannedChange, SourceRecord
from profiles.imports.records.plan_rows import TABLES
from profiles.imports.records.service import source_called
from profiles.imports.records.workbook import Workbook, content_of, read_instant
from profiles.loads import Load, advance, publish

KIND = "records"
ROWS_IN_A_BATCH = 2000
"""Less than a tenth of a second in which nobody else can write to SQLite."""


@dataclass(frozen=True)
class Batch:
    """Rows of a plan, up to the one numbered ``end``."""

    end: int
    rows: Sequence[tuple[str, str]]

    def counts(self) -> Counter[str]:
        """How many rows go to each table."""
        return Counter(TABLES[target].name for target, _ in self.rows)


def begin(session: Session, one: Import, workbook: Workbook, now: datetime) -> Load:
    """The load of an import, begun now or by an attempt that broke off. Several calls give the same."""
    load = session.get(Load, one.load_id)
    if load is None:
        total = workbook.run("SELECT count(*) FROM plan").fetchone()[0]
        load = Load(
            id=one.load_id,
            organisation_id=one.organisation_id,
            kind=KIND,
            content_hash=one.id.hex,
            rows_total=total,
            started_at=now,
        )
        session.add(load)
        session.flush()
    return load


def batches(workbook: Workbook, done: int) -> Iterator[Batch]:
    """What is still to be written after the first ``done`` rows."""
    query = "SELECT target, row FROM plan WHERE seq > ? ORDER BY seq LIMIT ?"
    while rows := workbook.run(query, done, ROWS_IN_A_BATCH).fetchall():
        done += len(rows)
        yield Batch(done, rows)


def write(session: Session, batch: Batch, one: Import, place: Place) -> None:
    """Write one batch. Raises Conflict when somebody else is writing the same import."""
    load = session.get(Load, one.load_id)
    if load is None or load.rows_done != batch.end - len(batch.rows):
        raise Conflict("Another import of the same files is running.")
    # First, because this row is what two writers of one import wait for; the second then finds it moved.
    advance(session, load, batch.end)
    stamp = {
        "recorded_at": plain(load.started_at),
        "recorded_by": plain(one.started_by),
        "superseded_by": None,
        "source": source_label(place.organisation.code, place.source),
        "load_id": plain(load.id),
    }
    rows: dict[str, list[dict[str, Any]]] = {target: [] for target in TABLES}
    sources: dict[tuple[str, str], str] = {}
    for target, content in batch.rows:
        row = content_of(content)
        if "source_of" in row:
            named = (row.pop("source_of"), row.pop("source"))
            if named not in sources:
                sources[named] = source_called(session, UUID(named[0]), named[1]).id.hex
            row["source_id"] = sources[named]
        rows[target].append(_completed(target, row, stamp))
    for target, made in rows.items():
        if made:
            insert_many(session, TABLES[target], made)


def show(session: Session, one: Import, workbook: Workbook, now: datetime) -> None:
    """Let everything that was written be so, and what it replaces no longer, at once.

    Raises Conflict when what would be replaced was changed meanwhile, or what is new was recorded.
    """
    hidden = set(workbook.column("SELECT kind FROM hidden_kinds"))
    for kind in KINDS.values():
        if kind.name not in hidden:
            continue
        table = kind.table
        going = select(col(PlannedChange.version_id)).where(
            col(PlannedChange.load_id) == one.load_id,
            col(PlannedChange.kind) == kind.name,
            col(PlannedChange.version_id).is_not(None),
        )
        expected = session.execute(select(func.count()).select_from(going.subquery())).scalar_one()
        gone = session.execute(
            update(table)
            .where(table.c.id.in_(going), table.c.superseded_at.is_(None))
            .values(superseded_at=now, superseded_by=one.started_by)
        )
        if gone.rowcount != expected:  # type: ignore[attr-defined]
            raise Conflict("Something that this import changes was changed meanwhile.")
        session.execute(
            update(table)
            .where(table.c.load_id == one.load_id, table.c.superseded_at == table.c.recorded_at)
            .values(superseded_at=None)
        )
    overlaps.check(session, workbook, one.load_id)
    _renew_hashes(session, one)
    publish(session, one.load_id, _first_recorded(workbook) if one.with_history else now)


def _first_recorded(workbook: Workbook) -> datetime:
    """The first moment of which an import with history tells: its facts are known since they say so."""
    return read_instant(workbook.column("SELECT min(recorded_at) FROM records")[0])


def take_back(session: Session, one: Import) -> bool:
    """Delete some of what an unpublished import has written; False when nothing is left.

    Nobody has ever seen these rows, so no fact is lost. Raises Conflict for a published one.
    """
    load = session.get(Load, one.load_id)
    if load is None:
        return False
    if load.published_at is not None:
        raise Conflict("This import is published.")
    for target in reversed(TABLES):
        if target not in (PERSON, "source_record") and _delete_some(session, TABLES[target], one.load_id):
            return True
    # Last, because everything else is about them; they have no load of their own.
    if _delete_people(session, one) or _delete_some(session, TABLES["source_record"], one.load_id):
        return True
    session.delete(load)
    session.flush()
    return False


def _delete_some(session: Session, table: Table, load_id: UUID) -> bool:
    keys = list(table.primary_key.columns)
    some = select(*keys).where(table.c.load_id == load_id).limit(ROWS_IN_A_BATCH)
    found = tuple_(*keys).in_(some) if len(keys) > 1 else keys[0].in_(some)
    return bool(session.execute(delete(table).where(found)).rowcount)  # type: ignore[attr-defined]


def _delete_people(session: Session, one: Import) -> bool:
    """Delete some whom it made; what another source calls somebody may be of one who was there before."""
    of_this = (
        col(SourceRecord.load_id) == one.load_id,
        col(SourceRecord.source_id) == one.source_id,
        col(SourceRecord.kind) == PERSON,
    )
    made = (
        select(col(SourceRecord.fact_id), col(SourceRecord.source_key))
        .where(*of_this)
        .limit(ROWS_IN_A_BATCH // 4)
    )
    found = session.execute(made).all()
    session.execute(delete(TABLES[PERSON]).where(TABLES[PERSON].c.id.in_([row[0] for row in found])))
    session.execute(
        delete(SourceRecord).where(*of_this, col(SourceRecord.source_key).in_([row[1] for row in found]))
    )
    return bool(found)


def _completed(target: str, row: dict[str, Any], stamp: dict[str, Any]) -> dict[str, Any]:
    recorded_at = stamp["recorded_at"]
    if target in KINDS:
        hidden, told = row.pop("hidden"), row.pop("told", {})
        told = {name: value for name, value in told.items() if name != "source" or value}
        return row | stamp | {"superseded_at": recorded_at if hidden else None} | told
    if target == PERSON:
        return row | {"created_at": recorded_at}
    found = {"found_at": recorded_at} if target == "duplicate" else {}
    return row | found | {"load_id": stamp["load_id"]}


def _renew_hashes(session: Session, one: Import) -> None:
    """Note of each record that was known what it is now."""
    same = (
        col(PlannedChange.load_id) == one.load_id,
        col(PlannedChange.kind) == col(SourceRecord.kind),
        col(PlannedChange.source_key) == col(SourceRecord.source_key),
    )
    renewed = select(col(PlannedChange.content_hash)).where(*same)
    keys = select(col(PlannedChange.kind), col(PlannedChange.source_key)).where(
        col(PlannedChange.load_id) == one.load_id
    )
    session.execute(
        update(SourceRecord)
        .where(
            col(SourceRecord.source_id) == one.source_id,
            tuple_(col(SourceRecord.kind), col(SourceRecord.source_key)).in_(keys),
        )
        .values(content_hash=renewed.scalar_subquery())
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(PlannedChange).where(col(PlannedChange.load_id) == one.load_id))

"""The rows for what other systems of the organisation call the records of an import."""

from typing import Any
from uuid import UUID

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from profiles.columns import is_among
from profiles.imports.records.checking import LOOKED_UP_AT_ONCE, Place
from profiles.imports.records.identities import Identities
from profiles.imports.records.models import Source, SourceRecord
from profiles.imports.records.plan_rows import PlanRows
from profiles.imports.records.problems import Problem
from profiles.imports.records.workbook import Workbook
from profiles.loads import published_loads

_RESOLVED = """
SELECT s.file, s.line, s.kind, s.key, s.record, s.person_key, s.hash, r.fact_id,
    coalesce(r.person_id, p.person_id)
FROM sent_keys s LEFT JOIN known r ON r.kind = s.kind AND r.key = s.record
LEFT JOIN known p ON p.kind = 'person' AND p.key = s.person
WHERE s.organisation = ? AND s.source = ? ORDER BY s.kind, s.key
"""


def plan(session: Session, workbook: Workbook, place: Place, identities: Identities, rows: PlanRows) -> int:
    """Plan the keys that are not known yet; return how many. What has a key already is reported, not renamed.

    A key without a record is kept too: the system's line for it, as it was, goes on to change nothing.
    """
    number = 0
    sources = _sources(session, place)
    for code, name in workbook.run(
        "SELECT DISTINCT organisation, source FROM sent_keys ORDER BY 1, 2"
    ).fetchall():
        found = workbook.run(_RESOLVED, code, name)
        source_of = (place.codes[code], name)
        while batch := found.fetchmany(LOOKED_UP_AT_ONCE):
            known = _known(session, sources.get(source_of), batch)
            for file, line, kind, key, record, person_key, content_hash, fact_id, person in batch:
                person_id = UUID(bytes=person) if person else None
                if identities.is_held(kind, record, person_id):
                    continue
                if (kind, key) not in known:
                    number += 1
                    rows.source_record(
                        kind,
                        key,
                        UUID(bytes=fact_id) if fact_id else UUID(identities.other_id()),
                        person_id,
                        bytes.fromhex(content_hash),
                        person_key=person_key,
                        other_source=source_of,
                    )
                elif fact_id is not None and known[kind, key].bytes != fact_id:
                    message = "is what the system calls another record here"
                    workbook.report(Problem(file, line, "source_key", "other_subject", message))
    return number


def _sources(session: Session, place: Place) -> dict[tuple[UUID, str], UUID]:
    """The sources of the organisation and of those below it."""
    query = select(Source).where(col(Source.organisation_id).in_(place.codes.values()))
    return {(one.organisation_id, one.name): one.id for one in session.exec(query).all()}


def _known(
    session: Session, source_id: UUID | None, batch: list[tuple[Any, ...]]
) -> dict[tuple[str, str], UUID]:
    """What these kinds and keys of a source are here, as far as they are anything."""
    if source_id is None:
        return {}
    query = columns(col(SourceRecord.kind), col(SourceRecord.source_key), col(SourceRecord.fact_id)).where(
        col(SourceRecord.source_id) == source_id,
        col(SourceRecord.kind).in_({row[2] for row in batch}),
        is_among(session, col(SourceRecord.source_key), {row[3] for row in batch}),
        col(SourceRecord.load_id).in_(published_loads()),
    )
    return {(kind, key): fact_id for kind, key, fact_id in session.execute(query)}

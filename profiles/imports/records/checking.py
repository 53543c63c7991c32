"""What only all records together can tell: a key used twice, references to nothing, circles, unknown grades.

Everything is looked at in the workbook, in whole sets; of the database only what the records name is asked.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select as columns
from sqlmodel import Session, col

from profiles.columns import is_among
from profiles.employments.models import Employment
from profiles.employments.service import employees
from profiles.imports.records import grades, history, sent_keys
from profiles.imports.records.kinds import (
    EMPLOYMENT,
    IDENTITY_PROOFING,
    KINDS,
    ORGANISATION,
    PERSON,
    WITH_THE_PERSON,
)
from profiles.imports.records.managers import report_circles
from profiles.imports.records.models import Source, SourceRecord
from profiles.imports.records.problems import Problem
from profiles.imports.records.workbook import Workbook, instant_text
from profiles.loads import published_loads
from profiles.organisations import service as organisations
from profiles.organisations.models import EmailDomain
from profiles.organisations.reading import entry_of
from profiles.organisations.service import OrganisationView
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of
from profiles.temporal import history as versions_of
from profiles.temporal import known_of_few

LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True)
class Place:
    """For whom records are imported: the organisation, by code with those below it, and the source.

    ``with_history``: the records say when they were recorded, by leave of the operator.
    """

    organisation: OrganisationView
    codes: Mapping[str, UUID]
    source_id: UUID
    source: str
    with_history: bool = False


def place_of(
    session: Session,
    organisation_id: UUID,
    source: Source,
    now: datetime,
    *,
    with_history: bool = False,
    sent_by: UUID | None = None,
    by_program: bool = False,
) -> Place:
    """The place of an import: the organisation and those below it; an officer's as far as a role reaches.

    A program acts within the organisation of its app alone. One that has ended, or is to begin, has records
    too. Raises NotFound.
    """
    tree = organisations.tree(session, now)
    entry = entry_of(session, organisation_id, now, now)
    own = OrganisationView(entry.id, entry.code, entry.name, entry.kind, entry.parent_id)
    places = tree.subtree_of(organisation_id)
    if by_program:
        places = frozenset({organisation_id})
    elif sent_by is not None:
        theirs = permissions_of(session, sent_by, now).organisations(Permission.IMPORT_RECORDS)
        places &= theirs | {organisation_id}
    codes = {own.code: own.id}
    codes |= {tree.organisations[one].code: one for one in places if one in tree.organisations}
    return Place(own, codes, source.id, source.name, with_history)


def check(session: Session, workbook: Workbook, place: Place, now: datetime) -> None:
    """Report what is wrong with the records as a whole, and note what the database knows of their keys."""
    workbook.index()
    _report_keys_used_twice(workbook)
    _note_known_records(session, workbook, place)
    _note_new_records(workbook)
    _note_known_by_number(session, workbook, place, now)
    _report_unresolved(workbook)
    sent_keys.check(workbook, place.organisation.code, place.source, place.codes)
    history.check(workbook, now, with_history=place.with_history)
    _report_leavers(session, workbook, place, now)
    if not place.with_history:
        _report_overlaps(workbook)
    _report_checks_to_come(workbook, now)
    _report_foreign_organisations(workbook, place)
    _report_foreign_addresses(session, workbook, place, now)
    grades.report_unknown(session, workbook, place.organisation.code, place.codes, now)
    grades.report_scales_of_none(session, workbook, place.organisation.code, place.codes, now)
    grades.report_scales_respelt(session, workbook, place.organisation.code, place.codes, now)
    report_circles(session, workbook, place.codes.values(), now)


def in_batches(values: Iterable[Any], size: int = LOOKED_UP_AT_ONCE) -> Iterable[list[Any]]:
    """The values, some at a time."""
    waiting = iter(values)
    while batch := list(islice(waiting, size)):
        yield batch


def _report_keys_used_twice(workbook: Workbook) -> None:
    workbook.report_records(
        "source_key",
        "key_twice",
        "stands on an earlier line already, for another record of this kind",
        "SELECT r.file, r.line FROM records r JOIN (SELECT kind, key, min(n) AS first FROM records"
        " GROUP BY kind, key HAVING count(*) > 1) d ON d.kind = r.kind AND d.key = r.key AND r.n > d.first",
    )


def _note_known_records(session: Session, workbook: Workbook, place: Place) -> None:
    """What earlier imports made of these keys, and of the keys that are referred to."""
    for kind in [*KINDS, PERSON]:
        keys = workbook.column(
            "SELECT key FROM records WHERE kind = ? UNION SELECT key FROM refs WHERE kind = ?"
            " UNION SELECT continues FROM records WHERE kind = ? AND continues IS NOT NULL",
            *(kind, kind, kind),
        )
        for batch in in_batches(keys):
            found = session.execute(
                columns(
                    col(SourceRecord.source_key),
                    col(SourceRecord.fact_id),
                    col(SourceRecord.person_id),
                    col(SourceRecord.content_hash),
                    col(SourceRecord.person_key),
                ).where(
                    col(SourceRecord.source_id) == place.source_id,
                    col(SourceRecord.kind) == kind,
                    is_among(session, col(SourceRecord.source_key), batch),
                    col(SourceRecord.load_id).in_(published_loads()),
                )
            ).all()
            workbook.run_many(
                "INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, 0, ?, ?)",
                [
                    (
                        kind,
                        key,
                        fact_id.bytes,
                        person_id.bytes if person_id else None,
                        content_hash,
                        person_key,
                    )
                    for key, fact_id, person_id, content_hash, person_key in found
                ],
            )


def _note_new_records(workbook: Workbook) -> None:
    """Keys of this file that are not known yet. A person begins with a name."""
    workbook.run("INSERT OR IGNORE INTO known (kind, key, is_new) SELECT kind, key, 1 FROM records")
    workbook.run(
        "INSERT OR IGNORE INTO known (kind, key, is_new) SELECT DISTINCT refs.kind, refs.key, 1"
        " FROM refs JOIN records USING (n) WHERE records.kind = 'name' AND refs.kind = ?",
        PERSON,
    )


def _note_known_by_number(session: Session, workbook: Workbook, place: Place, now: datetime) -> None:
    """A key that the source has not sent may be the organisation's own number of an employment."""
    keys = workbook.column(
        "SELECT DISTINCT refs.key FROM refs LEFT JOIN known USING (kind, key)"
        " WHERE refs.kind IN (?, ?) AND known.key IS NULL",
        PERSON,
        EMPLOYMENT,
    )
    for batch in in_batches(keys):
        numbered = session.execute(
            columns(
                *(col(Employment.number), col(Employment.fact_id), col(Employment.person_id)),
                col(Employment.organisation_id),
            )
            .where(is_among(session, col(Employment.number), batch), known_of_few(Employment, now))
            .order_by(col(Employment.valid_from))
        )
        # Here, not there: SQLite would read all of an organisation's rather than look for these.
        own = [row for row in numbered if row.organisation_id == place.organisation.id]
        workbook.run_many(
            "INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, 0, NULL, ?)",
            [
                (kind, row.number, target.bytes, row.person_id.bytes, row.number)
                for row in own
                for kind, target in ((EMPLOYMENT, row.fact_id), (PERSON, row.person_id))
            ],
        )


def _report_unresolved(workbook: Workbook) -> None:
    unknown = workbook.run(
        "SELECT r.file, r.line, refs.field, refs.kind FROM refs JOIN records r USING (n)"
        " LEFT JOIN known k ON k.kind = refs.kind AND k.key = refs.key WHERE k.key IS NULL"
    )
    for file, line, field, kind in unknown.fetchall():
        message = (
            "is nobody: a new person needs a record of the kind name"
            if kind == PERSON
            else f"names no {kind} of these files, of earlier ones, or of the organisation"
        )
        workbook.report(Problem(file, line, field, "unknown_reference", message))


def _report_leavers(session: Session, workbook: Workbook, place: Place, now: datetime) -> None:
    """What goes with a person, whoever employs them, only their employer of now may change or dispute."""
    found = workbook.run(
        "SELECT DISTINCT r.file, r.line, k.person_id FROM records r JOIN ("
        " SELECT n, kind, key FROM records UNION ALL SELECT n, kind, key FROM refs"
        ") named USING (n) JOIN known k ON k.kind = named.kind AND k.key = named.key"
        " LEFT JOIN known own ON own.kind = r.kind AND own.key = r.key"
        " WHERE r.kind IN (SELECT value FROM json_each(?)) AND k.is_new = 0 AND k.person_id IS NOT NULL"
        " AND own.hash IS NOT r.hash",
        json.dumps(sorted(WITH_THE_PERSON)),
    ).fetchall()
    people = {UUID(bytes=person_id) for _, _, person_id in found}
    employed: set[UUID] = set()
    for batch in in_batches(people):
        of_them = is_among(session, col(Employment.person_id), batch)
        employed |= set(session.exec(employees(place.codes.values(), now).where(of_them)))
    for file, line, person_id in found:
        if UUID(bytes=person_id) not in employed:
            workbook.report(
                Problem(file, line, "", "not_yours", "is about somebody who does not work for you")
            )


def _report_overlaps(workbook: Workbook) -> None:
    workbook.report_records(
        "valid_from",
        "overlap",
        "covers a time that an earlier record of these files covers already, where only one can be so",
        "SELECT file, line FROM (SELECT file, line, valid_from,"
        " max(coalesce(valid_until, '9999')) OVER (PARTITION BY kind, exclusive ORDER BY valid_from, n"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until"
        " FROM records WHERE exclusive IS NOT NULL) WHERE until > valid_from",
    )


def _report_checks_to_come(workbook: Workbook, now: datetime) -> None:
    workbook.report_records(
        "valid_from",
        "in_future",
        "lies ahead: a check of an identity counts from the day on which it was made",
        "SELECT file, line FROM records WHERE kind = ? AND valid_from > ?",
        IDENTITY_PROOFING,
        instant_text(now),
    )


def _report_foreign_organisations(workbook: Workbook, place: Place) -> None:
    named = [kind.name for kind in KINDS.values() if any(r.kind == ORGANISATION for r in kind.references)]
    kinds, allowed = (", ".join("?" * len(them)) for them in (named, place.codes))
    workbook.report_records(
        "organisation",
        "not_yours",
        f"must be {place.organisation.code}, or one below it",
        f"SELECT file, line FROM records WHERE kind IN ({kinds})"  # noqa: S608 - question marks only
        f" AND json_extract(content, '$.organisation') NOT IN ({allowed})",
        *named,
        *place.codes,
    )


def _report_foreign_addresses(session: Session, workbook: Workbook, place: Place, now: datetime) -> None:
    """An address grants what its domain's organisation gives, so only that organisation may give it.

    What the system has sent before is not given anew, and what was over while the domain was theirs grants
    nothing any more: a domain that goes to another organisation leaves the addresses that people have. With
    their history, which only the operator reads in, addresses that began then are read too.
    """
    spans = [
        (one.domain, instant_text(one.valid_from), instant_text(one.valid_to) if one.valid_to else None)
        for organisation_id in place.codes.values()
        for one in versions_of(session, EmailDomain, now, organisation_id=organisation_id)
    ]
    workbook.run_many("INSERT INTO domains VALUES (?, ?, ?)", spans)
    workbook.report_records(
        "address",
        "not_yours",
        "is of a domain that does not belong to the organisation; leave out what went with a domain to"
        " another: it stays as it is",
        "SELECT r.file, r.line FROM records r LEFT JOIN known k ON k.kind = r.kind AND k.key = r.key"
        " WHERE r.kind = 'address' AND k.hash IS NOT r.hash AND NOT EXISTS (SELECT 1 FROM domains d"
        " WHERE d.domain = substr(json_extract(r.content, '$.address'),"
        " instr(json_extract(r.content, '$.address'), '@') + 1)"
        " AND (d.since <= ?1 AND (d.until IS NULL OR d.until > ?1)"
        " OR d.since <= r.valid_from AND (r.valid_until <= ?1 AND r.valid_until <= d.until"
        " OR ?2 AND r.valid_from < d.until)))",
        instant_text(now),
        place.with_history,
    )

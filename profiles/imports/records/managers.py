"""Circles of line managers: nobody is, at any moment, above themselves."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.employments.models import Posting
from profiles.imports.records.problems import Problem
from profiles.imports.records.workbook import Workbook, instant_text
from profiles.temporal import known_of_few

MANAGER = "line_manager"
_LATER = "9999"
_AT_ONCE = 500

Span = tuple[str, str]
Edge = tuple[str, str, str, int | None]
"""A manager, from, until, and the record that says so; None where it is recorded already."""


def report_circles(
    session: Session, workbook: Workbook, organisation_ids: Collection[UUID], now: datetime
) -> None:
    """Report a record of every circle that holds at one moment, with what these organisations have recorded.

    What another organisation has recorded is not looked at: nobody may learn it from a refusal.
    """
    above: dict[str, list[Edge]] = {}
    for person, manager, starts, until, n in workbook.run(
        "SELECT coalesce(nullif(hex(kp.person_id), ''), p.key, nullif(hex(ke.person_id), ''), e.key),"
        " coalesce(nullif(hex(km.person_id), ''), m.key), r.valid_from, coalesce(r.valid_until, ?), r.n"
        " FROM refs m JOIN records r USING (n)"
        " JOIN refs e ON e.n = r.n AND e.kind = 'employment'"
        " LEFT JOIN records b ON b.kind = 'employment' AND b.key = e.key"
        " LEFT JOIN refs p ON p.n = b.n AND p.field = 'person'"
        " LEFT JOIN known kp ON kp.kind = 'person' AND kp.key = p.key"
        " LEFT JOIN known ke ON ke.kind = 'employment' AND ke.key = e.key"
        " LEFT JOIN known km ON km.kind = 'person' AND km.key = m.key"
        " WHERE m.field = ? AND r.superseded_at IS NULL",
        _LATER,
        MANAGER,
    ):
        above.setdefault(person, []).append((manager, starts, until, n))
    for person, edge in _recorded(session, workbook, organisation_ids, now):
        above.setdefault(person, []).append(edge)
    reported: set[int] = set()
    done: set[str] = set()
    for person in above:
        for n in _circle(above, person, done):
            if n not in reported:
                reported.add(n)
                file, line = workbook.run("SELECT file, line FROM records WHERE n = ?", n).fetchone()
                message = "goes round in a circle: this manager is, further up, managed by this very person"
                workbook.report(Problem(file, line, MANAGER, "circle", message))
        done.add(person)


def _recorded(
    session: Session, workbook: Workbook, organisation_ids: Collection[UUID], now: datetime
) -> Iterator[tuple[str, Edge]]:
    """Who manages the managers of these files up to the top, as it is recorded and not replaced by them."""
    waiting = {
        UUID(bytes=one)
        for one in workbook.column(
            "SELECT DISTINCT k.person_id FROM refs m JOIN known k ON k.kind = 'person' AND k.key = m.key"
            " WHERE m.field = ? AND k.is_new = 0",
            MANAGER,
        )
    }
    seen = set(waiting)
    found: list[tuple[UUID, str, Edge]] = []
    while waiting:
        asked = [waiting.pop() for _ in range(min(_AT_ONCE, len(waiting)))]
        postings = select(Posting).where(
            col(Posting.person_id).in_(asked),
            col(Posting.line_manager_id).is_not(None),
            known_of_few(Posting, now),
        )
        # Here, not there: SQLite would read all of an organisation's rather than look for these.
        for one in (one for one in session.exec(postings) if one.organisation_id in organisation_ids):
            manager_id = cast(UUID, one.line_manager_id)
            until = instant_text(one.valid_to) if one.valid_to else _LATER
            edge: Edge = (_name(manager_id), instant_text(one.valid_from), until, None)
            found.append((one.employment_id, _name(one.person_id), edge))
            if manager_id not in seen:
                seen.add(manager_id)
                waiting.add(manager_id)
        session.expunge_all()
    replaced = _spans_in_files(workbook, {employment_id for employment_id, _, _ in found})
    for employment_id, person, edge in found:
        if not any(starts < edge[2] and edge[1] < until for starts, until in replaced[employment_id]):
            yield person, edge


def _name(person_id: UUID) -> str:
    """Somebody who is recorded, as SQLite writes their id."""
    return person_id.hex.upper()


def _spans_in_files(workbook: Workbook, employments: set[UUID]) -> dict[UUID, list[Span]]:
    """For when these files hold postings of these employments."""
    spans: dict[UUID, list[Span]] = {one: [] for one in employments}
    if employments:
        for fact_id, starts, until in workbook.run(
            "SELECT k.fact_id, r.valid_from, coalesce(r.valid_until, ?) FROM known k"
            " JOIN refs e ON e.kind = k.kind AND e.key = k.key JOIN records r USING (n)"
            " WHERE k.kind = 'employment' AND k.is_new = 0 AND r.kind = 'posting'",
            _LATER,
        ):
            if (one := UUID(bytes=fact_id)) in spans:
                spans[one].append((starts, until))
    return spans


def _circle(above: dict[str, list[Edge]], start: str, done: set[str]) -> Iterator[int]:
    """The last records of the circles through ``start``; whoever is done is in no circle that is new."""
    waiting: list[tuple[str, Span, int | None]] = [(start, ("", _LATER), None)]
    seen = {(start, ("", _LATER))}
    while waiting:
        person, (starts, until), last = waiting.pop()
        for manager, edge_starts, edge_until, edge_n in above.get(person, ()):
            span = (max(starts, edge_starts), min(until, edge_until))
            n = last if edge_n is None else edge_n
            if span[0] >= span[1]:
                continue
            if manager == start:
                if n is not None:
                    yield n
            elif manager not in done and (manager, span) not in seen:
                seen.add((manager, span))
                waiting.append((manager, span, n))

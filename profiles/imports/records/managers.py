"""Circles of line managers: nobody is, at any moment, above themselves."""

from collections.abc import Iterator

from profiles.imports.records.problems import Problem
from profiles.imports.records.workbook import Workbook

MANAGER = "line_manager"
_LATER = "9999"

Span = tuple[str, str]
Edge = tuple[str, str, str, int]
"""A manager, from, until, and the record that says so."""


def report_circles(workbook: Workbook) -> None:
    """Report the last record of every circle that holds at one moment."""
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


def _circle(above: dict[str, list[Edge]], start: str, done: set[str]) -> Iterator[int]:
    """The records that close a circle through ``start``; whoever is done is in no circle that is new."""
    waiting: list[tuple[str, Span]] = [(start, ("", _LATER))]
    seen = set(waiting)
    while waiting:
        person, (starts, until) = waiting.pop()
        for manager, edge_starts, edge_until, n in above.get(person, ()):
            span = (max(starts, edge_starts), min(until, edge_until))
            if span[0] >= span[1]:
                continue
            if manager == start:
                yield n
            elif manager not in done and (manager, span) not in seen:
                seen.add((manager, span))
                waiting.append((manager, span))

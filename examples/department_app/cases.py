"""The desk's cases. A case belongs to the organisation its maker had then, and stays there when they move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection, Row

from examples.department_app.worker import Worker

PAGE_SIZE = 25
COLUMNS = """cases.number, title, details, organisation_name, opened_by, opener.name AS opened_by_name,
    opened_at, closed_at, closer.name AS closed_by_name"""
JOINED = """cases JOIN users AS opener ON opener.sub = opened_by
    LEFT JOIN users AS closer ON closer.sub = closed_by"""


class NotAllowed(Exception):
    """The worker's role does not allow it."""


class AlreadyClosed(Exception):
    """Somebody closed the case before."""


@dataclass(frozen=True)
class Case:
    """One case, as its organisation's workers see it."""

    number: int
    title: str
    details: str
    organisation_name: str
    opened_by: str
    opened_by_name: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by_name: str | None


def count(connection: Connection, worker: Worker, *, closed: bool) -> int:
    """How many open or closed cases the worker's organisation has."""
    row = connection.execute(
        "SELECT count(*) FROM cases WHERE organisation_id = ? AND (closed_at IS NOT NULL) = ?",
        (worker.organisation_id, closed),
    ).fetchone()
    return int(row[0])


def newest(connection: Connection, worker: Worker, *, closed: bool, page: int) -> list[Case]:
    """One page of the organisation's open or closed cases, the newest first; pages count from 1."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM {JOINED} WHERE organisation_id = ? AND (closed_at IS NOT NULL) = ?"  # noqa: S608
        " ORDER BY cases.number DESC LIMIT ? OFFSET ?",
        (worker.organisation_id, closed, PAGE_SIZE, (page - 1) * PAGE_SIZE),
    )
    return [_case(row) for row in rows]


def find(connection: Connection, worker: Worker, number: int) -> Case | None:
    """The case with this number; for the worker, another organisation's does not exist."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM {JOINED} WHERE organisation_id = ? AND cases.number = ?",  # noqa: S608
        (worker.organisation_id, number),
    ).fetchone()
    return None if row is None else _case(row)


def add(connection: Connection, worker: Worker, *, title: str, details: str, now: datetime) -> int:
    """Open a case for the worker's organisation and return its number. Raises NotAllowed."""
    if not worker.may_add:
        raise NotAllowed
    cursor = connection.execute(
        "INSERT INTO cases (organisation_id, organisation_name, title, details, opened_by, opened_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (worker.organisation_id, worker.organisation_name, title, details, worker.sub, int(now.timestamp())),
    )
    return int(cursor.lastrowid or 0)


def close(connection: Connection, worker: Worker, case: Case, now: datetime) -> None:
    """Close a case once. Raises NotAllowed, AlreadyClosed."""
    if not worker.may_close(opened_by=case.opened_by):
        raise NotAllowed
    cursor = connection.execute(
        "UPDATE cases SET closed_at = ?, closed_by = ?"
        " WHERE number = ? AND organisation_id = ? AND closed_at IS NULL",
        (int(now.timestamp()), worker.sub, case.number, worker.organisation_id),
    )
    if cursor.rowcount != 1:
        raise AlreadyClosed


def remember(connection: Connection, worker: Worker, now: datetime) -> None:
    """Keep the person by `sub`, with the name they have now."""
    seconds = int(now.timestamp())
    connection.execute(
        "INSERT INTO users (sub, name, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sub) DO UPDATE SET name = excluded.name, last_seen_at = excluded.last_seen_at",
        (worker.sub, worker.name, seconds, seconds),
    )


def _case(row: Row) -> Case:
    closed_at = row["closed_at"]
    return Case(
        number=row["number"],
        title=row["title"],
        details=row["details"],
        organisation_name=row["organisation_name"],
        opened_by=row["opened_by"],
        opened_by_name=row["opened_by_name"],
        opened_at=datetime.fromtimestamp(row["opened_at"], UTC),
        closed_at=None if closed_at is None else datetime.fromtimestamp(closed_at, UTC),
        closed_by_name=row["closed_by_name"],
    )

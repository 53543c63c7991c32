"""What many tests do first is done by our own services once; from then on its rows are put there at once.

To bring a transfer to its approval takes some three hundred statements. Where a database holds, row by row,
what it held when the same step was taken before, the rows that the step left are written instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from app.database import open_session, transaction
from tests.support.stored_rows import KINDS, Rows, tables

Made = TypeVar("Made")
_Key = tuple[str, Hashable, bytes]
"""The kind of database, the step with all that it is given, and what the database held before."""

_known: dict[_Key, _Change] = {}


@dataclass(frozen=True)
class _Change:
    """The rows that a step changed, and what it returned."""

    made: Any
    gone: Rows
    changed: Rows
    added: Rows

    @classmethod
    def between(cls, before: Rows, after: Rows, made: Any) -> _Change:
        change = cls(made, {}, {}, {})
        for name in tables():
            earlier, later = before.get(name, {}), after.get(name, {})
            parts = {
                "gone": {key: row for key, row in earlier.items() if key not in later},
                "changed": {key: row for key, row in later.items() if earlier.get(key, row) != row},
                "added": {key: row for key, row in later.items() if key not in earlier},
            }
            for part, rows in parts.items():
                if rows:
                    getattr(change, part)[name] = rows
        return change

    def put(self, connection: Connection) -> None:
        rows = KINDS[connection.dialect.name]
        for name in reversed(self.gone):
            rows.delete(connection, name, self.gone[name])
        for name in tables():
            if name in self.changed:
                rows.update(connection, name, self.changed[name])
            if name in self.added:
                rows.insert(connection, name, self.added[name])


def replayed(session: Session, step: Hashable, make: Callable[[], Made]) -> Made:
    """Take a step in the session's transaction. What it returns is nobody's to change: an id, or nothing.

    ``step`` names it with all that it depends on beside the database, the clock too. A test that replaces
    something in the code takes the step itself.
    """
    session.flush()
    before = _read(session.connection())
    key = _key(session.connection(), step, before)
    if key in _known:
        _known[key].put(session.connection())
        session.expire_all()
        return _known[key].made  # type: ignore[no-any-return]
    made = make()
    session.flush()
    _known[key] = _Change.between(before, _read(session.connection()), made)
    return made


def replayed_on(engine: Engine, step: Hashable, make: Callable[[], Made]) -> Made:
    """The same of a step that has transactions of its own."""
    with open_session(engine, writes=False) as session:
        before = _read(session.connection())
        key = _key(session.connection(), step, before)
    if key in _known:
        with transaction(engine) as session:
            _known[key].put(session.connection())
        return _known[key].made  # type: ignore[no-any-return]
    made = make()
    with open_session(engine, writes=False) as session:
        _known[key] = _Change.between(before, _read(session.connection()), made)
    return made


def _read(connection: Connection) -> Rows:
    rows: Rows = KINDS[connection.dialect.name].read(connection)
    return rows


def _key(connection: Connection, step: Hashable, before: Rows) -> _Key:
    digest = hashlib.blake2b(digest_size=16)
    for name, rows in before.items():
        digest.update(f"{name}{sorted(rows.items(), key=repr)}".encode())
    return connection.dialect.name, step, digest.digest()

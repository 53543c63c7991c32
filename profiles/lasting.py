"""Rows that are written once and never changed nor taken away, remembered with the connection that read them.

What no transaction can make untrue need not be asked twice. The memory is the connection's, and goes with it:
whatever database is connected to next, nothing is known of it yet.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable
from sqlmodel import Session

from profiles.prepared import DriverSession, Prepared

MOST_VALUES = 4096


class Lasting:
    """A statement that finds one value of such a row by its key.

    A transaction sees what it has written itself, and may yet be rolled back: whoever writes such a row says
    so by ``written``, and that session remembers nothing more.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = Prepared(statement)

    def find(self, session: Session, key: Mapping[str, Any]) -> Any:
        """The first row's first column; None when there is no row, which is never remembered."""
        known = self._known(session)
        values = tuple(key.values())
        found = known.get(values)
        if found is None:
            found = self._statement.scalar(session, key)
            if found is not None and self not in session.info:
                if len(known) >= MOST_VALUES:
                    known.clear()
                known[values] = found
        return found

    def written(self, session: Session) -> None:
        """This session may have written such a row."""
        session.info[self] = True

    def _known(self, session: Session) -> dict[tuple[Any, ...], Any]:
        pooled = session.pooled() if isinstance(session, DriverSession) else session.connection().connection
        known: dict[tuple[Any, ...], Any] = pooled.info.setdefault(self, {})
        return known

"""Connections of one engine that wait for the next short transaction without going back to the pool.

The pool's taking and giving costs more than SQLite's BEGIN and ROLLBACK, four times a sign-in. Whoever wants
a connection of SQLAlchemy's gets one of the pool's as before: few are kept here.
"""

from collections.abc import Callable

from sqlalchemy import Engine, PoolProxiedConnection, event

MOST_IDLE = 4
"""So many threads of a process have a short transaction at once; the pool has far more."""


class IdleConnections:
    """The last one that was given back is taken first: what it has read is still at hand."""

    def __init__(self, engine: Engine, end: Callable[[PoolProxiedConnection], None]) -> None:
        """``end`` is called with each that is given back and kept, in place of the pool's ``checkin``."""
        self._engine = engine
        self._end = end
        self._idle: list[PoolProxiedConnection] = []
        event.listen(engine, "engine_disposed", self._close_all)

    def take(self) -> PoolProxiedConnection:
        """One on which no transaction has begun. Raises the driver's errors."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.raw_connection()

    def give_back(self, pooled: PoolProxiedConnection) -> None:
        """Take back what is not committed; a connection that is lost is not kept."""
        if not pooled.is_valid or len(self._idle) >= MOST_IDLE:
            pooled.close()
            return
        try:
            pooled.rollback()
        except self._engine.dialect.loaded_dbapi.Error:
            pooled.close()
            return
        self._end(pooled)
        self._idle.append(pooled)

    def _close_all(self, _engine: Engine) -> None:
        while self._idle:
            pooled = self._idle.pop()
            pooled.detach()
            pooled.close()

"""A session that costs no more than the driver's connection until something else is asked of it.

A sign-in opens four sessions and runs prepared statements alone (``profiles.prepared``). To begin, keep and
end the ORM's record of objects, of which there are none, took a tenth of the whole, and SQLAlchemy's
connection half as much.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Engine, PoolProxiedConnection

from profiles.prepared import ONLY_READS, DriverSession, log, translated


class Transactions(NamedTuple):
    """How an engine's short transactions begin and end at the driver; each raises the driver's errors."""

    take: Callable[[], PoolProxiedConnection]
    begin: Callable[[PoolProxiedConnection], None]
    give_back: Callable[[PoolProxiedConnection], None]
    """Takes back what is not committed."""


class LightSession(DriverSession):
    """SQLModel's session, made whole at the first use of anything but what stands here.

    Objects stay readable after the commit.
    """

    def __init__(self, engine: Engine, transactions: Transactions) -> None:
        """Nothing is asked of the database yet. The ORM's own ``__init__`` waits for ``__getattr__``."""
        self._engine = engine
        self._transactions = transactions
        self._is_whole = False
        self._pooled: PoolProxiedConnection | None = None
        """The transaction that began before the session was whole."""
        self._light: Connection | None = None
        """The same, as SQLAlchemy's connection."""

    def __getattr__(self, name: str) -> Any:
        """Every method of the ORM begins with an attribute that is not there yet."""
        if self._is_whole:
            raise AttributeError(name)
        bound = self._engine if self._pooled is None else self.connection()
        self._is_whole = True
        super().__init__(bound, expire_on_commit=False, join_transaction_mode="control_fully")
        return getattr(self, name)

    @property
    def dialect(self) -> Dialect:
        """The database's."""
        return self._engine.dialect

    def pooled(self) -> PoolProxiedConnection:
        """The driver's connection of this transaction, which begins if it has not."""
        if self._is_whole:
            return super().connection().connection
        if self._pooled is None:
            self._pooled = self._begun()
        return self._pooled

    def connection(self, *arguments: Any, **options: Any) -> Connection:
        """The connection of this transaction, which begins if it has not."""
        if self._is_whole or arguments or options:
            return super().connection(*arguments, **options)
        if self._light is None:
            self._light = Connection(self._engine, connection=self.pooled())
            self._light.begin()
        return self._light

    def flush(self, objects: Any = None) -> None:
        """Write pending objects, if there can be any."""
        if self._is_whole:
            super().flush(objects)

    def commit(self) -> None:
        """Commit; a next use begins anew."""
        if self._is_whole:
            super().commit()
        elif self._light is not None:
            self._light.commit()
        elif self._pooled is not None:
            log.debug("COMMIT")
            try:
                self._pooled.commit()
            except self.dialect.loaded_dbapi.Error as error:
                raise translated(error, "COMMIT", self.dialect, self._pooled) from None
        self._let_go()

    def rollback(self) -> None:
        """Take back everything; a next use begins anew."""
        try:
            if self._is_whole:
                super().rollback()
        finally:
            self._let_go()

    def close(self) -> None:
        """Take back what is not committed, and forget all objects."""
        try:
            if self._is_whole:
                super().close()
        finally:
            self._let_go()

    def _begun(self) -> PoolProxiedConnection:
        pooled: PoolProxiedConnection | None = None
        try:
            pooled = self._transactions.take()
            self._transactions.begin(pooled)
        except BaseException as error:
            if isinstance(error, self.dialect.loaded_dbapi.Error):
                error = translated(error, "BEGIN", self.dialect, pooled)
            if pooled is not None:
                self._transactions.give_back(pooled)
            raise error from None
        return pooled

    def _let_go(self) -> None:
        """Give the connection back, as the ORM does with its own; that takes back what is not committed."""
        if self._light is not None:
            self._light.close()
            if self._is_whole:
                self.bind = self._engine
        elif self._pooled is not None:
            self._end_reading(self._pooled)
            self._transactions.give_back(self._pooled)
        self._light = self._pooled = None

    def _end_reading(self, pooled: PoolProxiedConnection) -> None:
        """Commit what only read: with a rollback psycopg forgets every statement that it has prepared.

        PostgreSQL would parse and plan each anew, which costs several times what most of them do.
        """
        if self.dialect.name == "postgresql" and self.info.get(ONLY_READS) and pooled.is_valid:
            with suppress(self.dialect.loaded_dbapi.Error):  # whatever is wrong, closing rolls back
                pooled.commit()

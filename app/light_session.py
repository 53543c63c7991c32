"""A session that costs no more than a connection until something of the ORM is asked of it.

A sign-in opens four sessions and runs prepared statements alone (``profiles.prepared``). To begin, keep and
end the ORM's record of objects, of which there are none, took a tenth of the whole.
"""

from typing import Any

from sqlalchemy import Connection, Engine
from sqlmodel import Session


class LightSession(Session):
    """SQLModel's session, made whole at the first use of anything but what stands here.

    Objects stay readable after the commit.
    """

    def __init__(self, engine: Engine) -> None:
        """Nothing is asked of the database yet. The ORM's own ``__init__`` waits for ``__getattr__``."""
        self._engine = engine
        self._is_whole = False
        self._light: Connection | None = None
        """The transaction that began before the session was whole."""

    def __getattr__(self, name: str) -> Any:
        """Every method of the ORM begins with an attribute that is not there yet."""
        if self._is_whole:
            raise AttributeError(name)
        self._is_whole = True
        super().__init__(
            self._light or self._engine, expire_on_commit=False, join_transaction_mode="control_fully"
        )
        return getattr(self, name)

    def connection(self, *arguments: Any, **options: Any) -> Connection:
        """The connection of this transaction, which begins if it has not."""
        if self._is_whole or arguments or options:
            return super().connection(*arguments, **options)
        if self._light is None:
            self._light = self._engine.connect()
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

    def _let_go(self) -> None:
        """Give the connection back, as the ORM does with its own; that takes back what is not committed."""
        if self._light is not None:
            self._light.close()
            self._light = None
            if self._is_whole:
                self.bind = self._engine

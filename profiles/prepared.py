"""Statements that are compiled once and then handed straight to the driver.

The ORM serves pages well, but costs several times what the database does for a statement that finds one row.
What every sign-in runs is written as a constant here and there, and is given to sqlite3 or psycopg as text
with values, in the transaction of the session. The text is SQLAlchemy's own, for each of the two.
"""

import logging
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Dialect, Executable, PoolProxiedConnection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from profiles.driver_values import Convert, from_driver, to_driver

ONLY_READS = "only_reads"
"""True in the ``info`` of a session whose one transaction only reads."""
Made = TypeVar("Made")
log = logging.getLogger(__name__)
"""At DEBUG: the text of each statement, never its values."""
Row = Any
"""A named tuple with the statement's columns."""


def for_each_dialect(make: Callable[[Any], Executable]) -> dict[str, Executable]:
    """A statement that is made with the dialect's own ``insert``, which knows ON CONFLICT."""
    return {"sqlite": make(sqlite.insert), "postgresql": make(postgresql.insert)}


class DriverSession(Session):
    """A session that has its transaction at the driver, for as long as nothing else is asked of it."""

    @property
    def dialect(self) -> Dialect:
        """The database's."""
        raise NotImplementedError

    def pooled(self) -> PoolProxiedConnection:
        """The driver's connection, on which the transaction of this session has begun."""
        raise NotImplementedError


def at_driver(session: Session) -> tuple[PoolProxiedConnection, Dialect]:
    """The driver's connection of a session's transaction, and its kind."""
    if isinstance(session, DriverSession):
        return session.pooled(), session.dialect
    connection = session.connection()
    return connection.connection, connection.dialect


def check_writes(session: Session) -> None:
    """Raises RuntimeError when a session only reads."""
    if session.info.get(ONLY_READS):
        raise RuntimeError("this session only reads")


class Prepared:
    """One statement with its parameters by name, for whichever kind of database a session has.

    ``statement`` may be a mapping by the dialect's name where the two kinds differ. An INSERT has the columns
    that its first use gives; each use must give the same. Pending objects of the session are not flushed: who
    reads what the ORM may have changed in the same transaction calls ``session.flush()`` before.
    Each method raises SQLAlchemy's DBAPIError and its kinds, with no value of the statement in the text, and
    RuntimeError when it would change rows in a session that only reads.
    """

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: Executable | Mapping[str, Executable]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, session: Session, parameters: Mapping[str, Any]) -> Row | None:
        """The first row; None when there is none."""
        compiled, cursor = self._run(session, parameters)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.read(row)

    def all(self, session: Session, parameters: Mapping[str, Any]) -> list[Row]:
        """Every row."""
        compiled, cursor = self._run(session, parameters)
        rows = cursor.fetchall()
        cursor.close()
        return [compiled.read(row) for row in rows]

    def scalar(self, session: Session, parameters: Mapping[str, Any]) -> Any:
        """The first row's first column; None when there is no row."""
        row = self.first(session, parameters)
        return None if row is None else row[0]

    def run(self, session: Session, parameters: Mapping[str, Any]) -> int:
        """For what changes rows: how many they were."""
        _, cursor = self._run(session, parameters)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def _run(self, session: Session, parameters: Mapping[str, Any]) -> tuple["_Compiled", Any]:
        pooled, dialect = at_driver(session)
        compiled = self._for(dialect, parameters)
        if compiled.changes_rows:
            check_writes(session)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s", compiled.text)
        values = compiled.values(parameters)
        driver: Any = pooled.dbapi_connection
        try:
            return compiled, driver.execute(compiled.text, values)
        except dialect.loaded_dbapi.Error as error:
            raise translated(error, compiled.text, dialect, pooled) from None

    def made_ahead(self, dialect: Dialect, rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[Any]]:
        """The text, and the driver's values for each of these parameters; there is one at least."""
        compiled = self._for(dialect, rows[0])
        return compiled.text, [compiled.values(row) for row in rows]

    def _for(self, dialect: Dialect, parameters: Mapping[str, Any]) -> "_Compiled":
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            statement = self._statement
            if isinstance(statement, Mapping):
                statement = statement[dialect.name]
            compiled = self._compiled[dialect.name] = _Compiled(statement, dialect, list(parameters))
        return compiled


class WorkedOut(Generic[Made]):
    """What a statement's rows amount to, worked out once for the same rows.

    They are read every time, and whatever differs in one value is worked out anew, so this is never older
    than they are. ``make`` takes a subject, which the rows need not name, and the rows; what it makes is
    never changed after, because threads share it. The ``most`` recent are kept.
    """

    def __init__(self, rows: Prepared, make: Callable[[Any, list[Row]], Made], *, most: int) -> None:
        self._rows = rows

        def made(subject: Any, compiled: _Compiled, driver_rows: tuple[Any, ...]) -> Made:
            return make(subject, [compiled.read(row) for row in driver_rows])

        self._made = lru_cache(maxsize=most)(made)

    def of(self, session: Session, parameters: Mapping[str, Any], subject: Any) -> Made:
        """What the rows of now amount to."""
        compiled, cursor = self._rows._run(session, parameters)
        driver_rows = tuple(cursor.fetchall())
        cursor.close()
        return self._made(subject, compiled, driver_rows)


class _Compiled:
    """A statement's text for one dialect, and what turns values into the driver's and back."""

    __slots__ = (
        "_fixed",
        "_from_driver",
        "_in_order",
        "_make",
        "_names",
        "_take",
        "_to_driver",
        "changes_rows",
        "text",
    )

    def __init__(self, statement: Any, dialect: Dialect, given: list[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=given)
        if compiled.post_compile_params or compiled.insert_prefetch or compiled.update_prefetch:
            raise TypeError("the text of a prepared statement hangs on its values, or values are missing")
        self.text = str(compiled)
        self.changes_rows: bool = compiled.isinsert or compiled.isupdate or compiled.isdelete
        self._names = list(compiled.binds)
        self._fixed = {
            name: bound.effective_value for name, bound in compiled.binds.items() if not bound.required
        }
        self._take = _picked(self._names)
        self._to_driver = _converters(to_driver(bound, dialect) for bound in compiled.binds.values())
        order = compiled.positiontup
        self._in_order = None if order is None else _picked([self._names.index(name) for name in order])
        columns = list(statement.exported_columns)
        row: Any = namedtuple("Row", [column.key for column in columns], rename=True)  # type: ignore[misc]
        self._make: Callable[[Sequence[Any]], Row] = row._make
        self._from_driver = _converters(from_driver(column, dialect) for column in columns)

    def values(self, parameters: Mapping[str, Any]) -> Any:
        """The driver's values, in its order or by name. A moment may stand in ten places: it is one value."""
        if self._fixed:
            parameters = {**self._fixed, **parameters}
        values = list(self._take(parameters))
        for index, convert in self._to_driver:
            values[index] = convert(values[index])
        return self._in_order(values) if self._in_order else dict(zip(self._names, values, strict=True))

    def read(self, row: Sequence[Any]) -> Row:
        """The driver's row as Python's values; NULL is None, whatever the type."""
        values = list(row)
        for index, convert in self._from_driver:
            if (value := values[index]) is not None:
                values[index] = convert(value)
        return self._make(values)


def _converters(converters: Iterable[Convert | None]) -> list[tuple[int, Convert]]:
    """Only those that do something, each with its place."""
    return [(index, convert) for index, convert in enumerate(converters) if convert]


def _picked(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Takes these out of a mapping or a sequence, in this order; ``itemgetter`` of one makes no tuple."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: tuple(values[key] for key in keys)


def translated(
    error: Exception, text: str | None, dialect: Dialect, pooled: PoolProxiedConnection | None
) -> BaseException:
    """As SQLAlchemy says it; a connection that is lost is not used again. None: there is none yet."""
    lost = dialect.is_disconnect(error, pooled, None)  # type: ignore[arg-type]
    if lost and pooled is not None:
        pooled.invalidate(error)
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )

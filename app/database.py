"""Engines for SQLite and PostgreSQL, with the settings that each needs.

SQLite: WAL with ``synchronous=FULL``, so that a commit survives a power cut. The driver begins no transaction
by itself; a session says whether it will write (``BEGIN IMMEDIATE``), so that writers wait for each other at
the beginning, in a line (``app.writers``), and never in the middle.

What was committed is copied from the journal into the file by the worker, time and again
(``checkpoint_wal``): by SQLite itself whoever commits does it, so that some who sign in would wait for it.

A connection of SQLite's forgets every page that it has read as soon as another one has written. The pool
gives the last one back first, so that few take turns; the file is mapped, so that reading again costs little.
PostgreSQL's does so too: what the server has prepared for a connection, and what we remember with it, is then
at hand.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache, partial
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, PoolProxiedConnection, event, make_url
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from app.idle_connections import IdleConnections
from app.light_session import LightSession, Transactions
from app.migrations.models import metadata
from app.writers import BEGIN_TO_WRITE, BUSY_SECONDS, WritersLine
from profiles.prepared import ONLY_READS, translated

WRITES = "lanyard_writes"
"""The execution option and session info that says a transaction will write."""
TRUSTED_SECONDS = 1.0
"""How long a connection to PostgreSQL counts as alive after its use; to ask costs as much as a statement."""
ANSWERED = "lanyard_answered"
"""In the pool's ``info`` of a connection to PostgreSQL: when it was last used, by ``monotonic``."""
_MAPPED_BYTES = 2**28
"""So much of SQLite's file, from its start, is read as memory; a larger one's rest is read as before."""
_WAL_PAGES = 10_000
"""So long, 40 MB, the journal gets before a commit copies it after all, because no worker does."""
_IN_LINE = "lanyard_in_line"
_LINE = "lanyard_line"
"""The execution option with the line of those who are about to write to SQLite's file."""
_TRANSACTIONS = "lanyard_transactions"
"""The execution option with the engine's two kinds of short transactions, by whether they write."""


def create_engine(url: str, *, pool_size: int = 8) -> Engine:
    """An engine for ``sqlite:///…`` or ``postgresql://…`` (psycopg 3), ready for several threads.

    The text of its errors holds no values of a statement, which may be somebody's.
    """
    metadata()  # a flush sorts tables by their foreign keys: whoever writes one must know all of them
    if url.startswith("sqlite"):
        return _sqlite(url)
    return _postgresql(url, pool_size)


def _postgresql(url: str, pool_size: int) -> Engine:
    engine = sqlalchemy_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC -c lock_timeout=5s"},
    )

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[ANSWERED] = monotonic()

    @event.listens_for(engine, "checkout")
    def _see_that_it_lives(connection: Any, record: ConnectionPoolEntry, _pooled: Any) -> None:
        """The server may have restarted. Who finds it has not asks the pool for new connections only."""
        answered = record.info.get(ANSWERED)
        if answered is None or monotonic() - answered < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    by_the_pool = Transactions(engine.raw_connection, _by_itself, lambda pooled: pooled.close())
    engine.update_execution_options(**{_TRANSACTIONS: {True: by_the_pool, False: by_the_pool}})
    return engine


def _sqlite(url: str) -> Engine:
    _keep_for_the_owner(make_url(url).database)
    engine = sqlalchemy_engine(
        url,
        pool_size=16,
        max_overflow=16,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            f"mmap_size={_MAPPED_BYTES}",
            f"wal_autocheckpoint={_WAL_PAGES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    line = WritersLine(make_url(url).database)

    def begin(pooled: PoolProxiedConnection, *, writes: bool) -> None:
        # By the driver itself, which is quicker.
        driver: Any = pooled.dbapi_connection
        if not writes:
            driver.execute("BEGIN")  # nothing is locked yet, so that nothing can go wrong
            return
        # A migration's connection begins again before it goes back to the pool: it is in line still.
        if not pooled.info.get(_IN_LINE):
            pooled.info[_IN_LINE] = line.enter()
        line.begin(driver)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        pooled: Any = connection.connection
        if pooled.dbapi_connection.in_transaction:  # a session began it by the driver alone
            return
        try:
            begin(pooled, writes=connection.get_execution_options().get(WRITES, True))
        except sqlite3.Error as error:
            raise translated(error, BEGIN_TO_WRITE, connection.dialect, pooled) from None

    def end(pooled: PoolProxiedConnection | ConnectionPoolEntry) -> None:
        if pooled.info.pop(_IN_LINE, False):
            line.leave()

    @event.listens_for(engine, "checkin")
    def _end(_connection: Any, record: ConnectionPoolEntry) -> None:
        """Whatever ends a transaction, its connection goes back to the pool or to the idle ones then."""
        end(record)

    idle = IdleConnections(engine, end)
    kinds = {
        writes: Transactions(idle.take, partial(begin, writes=writes), idle.give_back)
        for writes in (True, False)
    }
    engine.update_execution_options(**{_TRANSACTIONS: kinds, _LINE: line})
    return engine


def somebody_waits(engine: Engine) -> bool:
    """Whether another process waits for whoever writes to SQLite's file; on PostgreSQL nobody has to."""
    line: WritersLine | None = engine.get_execution_options().get(_LINE)
    return line is not None and line.somebody_waits()


def checkpoint_wal(engine: Engine) -> None:
    """Copy what was committed from SQLite's journal into its file, as far as readers allow.

    It waits for nobody, and is called between transactions. What it cannot copy just now the next call does.
    """
    if engine.dialect.name != "sqlite":
        return
    with closing(engine.raw_connection()) as pooled, suppress(sqlite3.OperationalError):
        pooled.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").close()


def _keep_for_the_owner(path: str | None) -> None:
    """Make a new database's file before SQLite does, whose files everybody on the machine may read.

    SQLite gives the journal's files the same permissions. Where it cannot be made, connecting says why.
    """
    if path and path != ":memory:":
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


def open_session(engine: Engine, *, writes: bool) -> Session:
    """A session whose one transaction writes, or only reads. Objects stay readable after the commit."""
    session = LightSession(*_bound(engine, writes))
    if not writes:
        session.info[ONLY_READS] = True
    return session


@lru_cache(maxsize=8)
def _bound(engine: Engine, writes: bool) -> tuple[Engine, Transactions]:
    """The engine with the option and its transactions, made once; a process has one engine, tests several."""
    transactions: Transactions = engine.get_execution_options()[_TRANSACTIONS][writes]
    return engine.execution_options(**{WRITES: writes}), transactions


def _by_itself(_pooled: PoolProxiedConnection) -> None:
    """psycopg begins with the first statement."""


@contextmanager
def transaction(engine: Engine, *, writes: bool = True) -> Iterator[Session]:
    """A transaction of its own: commits when the block ends, rolls back when it raises."""
    with open_session(engine, writes=writes) as session:
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise

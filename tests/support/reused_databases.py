"""PostgreSQL databases that one test after another gets, each as empty as a copy of the template.

Copying the template's 700 files and dropping them takes some 40 ms of the server, deleting a test's rows one.
A database goes when a test has changed more of it than rows, or so many that the next would notice.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql

USES = 50
MANY = 2000
"""Rows whose remains are left to no other test, because nothing vacuums here."""
_DDL = "lanyard_tests_ddl"

# Tells the keeper of every change to the schema that was committed, also of a trigger that was only disabled.
_TELL = f"""
CREATE FUNCTION public.tests_tell_ddl() RETURNS event_trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('{_DDL}', tg_tag); END $$;
CREATE EVENT TRIGGER tests_ddl ON ddl_command_end EXECUTE FUNCTION public.tests_tell_ddl();
CREATE EVENT TRIGGER tests_drop ON sql_drop EXECUTE FUNCTION public.tests_tell_ddl();
LISTEN {_DDL};
SET session_replication_role = replica;
"""
_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
"""Whoever is still connected, as DROP DATABASE WITH (FORCE) would do; waits until they are gone."""


class _Kept:
    """One database, and the connection that empties it between tests; no test may see a trace of it."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self._uses = 0
        self._keeper = psycopg.connect(f"{address} dbname={name}", autocommit=True)
        self._keeper.execute(_TELL)
        steps = []
        for (table,) in self._keeper.execute(_TABLES).fetchall():
            steps.append(f"DELETE FROM {table}; GET DIAGNOSTICS n = ROW_COUNT; total := total + n;")
            [rows] = self._keeper.execute(f"SELECT array_agg(t)::text FROM {table} t").fetchone() or [None]
            if rows is not None:
                steps.append(f"INSERT INTO {table} SELECT * FROM unnest({self._literal(rows)}::{table}[]);")
        body = f"DECLARE n bigint; total bigint := 0; BEGIN {' '.join(steps)} RETURN total; END"
        self._keeper.execute(
            f"CREATE FUNCTION pg_temp.empty() RETURNS bigint LANGUAGE plpgsql AS {self._literal(body)}"
        )

    def empty(self) -> bool:
        """Leave only the template's rows; False when the database is not what it was all the same."""
        self._keeper.execute(_OTHERS)
        if list(self._keeper.notifies(timeout=0)):
            return False
        self._uses += 1
        [deleted] = self._keeper.execute("SELECT pg_temp.empty()").fetchone() or [MANY]
        return bool(deleted < MANY and self._uses < USES)

    def close(self) -> None:
        self._keeper.close()

    def _literal(self, text: str) -> str:
        return sql.Literal(text).as_string(self._keeper)


class ReusedDatabases:
    """The databases of this process that nobody uses at the moment."""

    def __init__(self, address: str, administer: Callable[[str], None]) -> None:
        """``address`` is the server's, in libpq's words; ``administer`` runs a statement there."""
        self._address = address
        self._administer = administer
        self._idle: list[_Kept] = []
        atexit.register(self.close)

    @contextmanager
    def one(self, template: str) -> Iterator[str]:
        """The name of a database like the template, for one test."""
        kept = self._idle.pop() if self._idle else self._make(template)
        try:
            yield kept.name
        finally:
            if kept.empty():
                self._idle.append(kept)
            else:
                kept.close()
                self._administer(f"DROP DATABASE {kept.name} WITH (FORCE)")

    def close(self) -> None:
        """Let the databases be; they go with the server."""
        while self._idle:
            self._idle.pop().close()

    def _make(self, template: str) -> _Kept:
        name = f"test_{uuid4().hex}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return _Kept(name, self._address)

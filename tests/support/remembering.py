"""What all applications and engines of one process have in common is worked out once, not anew in each test.

A template's code and an address's builder depend on their source alone, a statement's text on the statement
and the kind of database. Flask and SQLAlchemy have places of their own for such things. Programs that the
tests start are left as they are.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.routing.converters import DEFAULT_CONVERTERS

STATEMENTS = 3000


def remember() -> None:
    """From now on, for every application and engine of this process."""
    Flask.jinja_options = {"bytecode_cache": RememberedTemplates()}
    Flask.url_rule_class = RememberedRule
    registry.register("sqlite", __name__, "OneSQLite")
    registry.register("postgresql.psycopg", __name__, "OnePostgreSQL")


class RememberedTemplates(BytecodeCache):
    """Keeps the code of each template: compiling those of one page takes half a second."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


class RememberedRule(Rule):
    """Keeps what an address is made of: werkzeug takes some 600 apart, and compiles two builders for each."""

    _compiled: dict[object, dict[str, Any]] = {}

    def compile(self) -> None:
        """Nothing of it depends on the application: neither its hosts nor its converters are its own here."""
        plain = not (self.map.host_matching or self.subdomain or self.defaults)
        if not plain or self.map.converters != DEFAULT_CONVERTERS:
            super().compile()
            return
        key = self.rule, self.merge_slashes
        if key not in self._compiled:
            super().compile()
            kept = {name: getattr(self, name) for name in ("_parts", "_trace", "_converters", "arguments")}
            builders = {name: getattr(self, name).__func__ for name in ("_build", "_build_unknown")}
            self._compiled[key] = kept | builders
        compiled = self._compiled[key]
        self.__dict__ |= compiled
        self._build = compiled["_build"].__get__(self)
        self._build_unknown = compiled["_build_unknown"].__get__(self)


class OneForAll:
    """A dialect whose engines share one instance, and with it every statement that any of them compiled.

    With an instance for each engine, every mapper would also keep the statements of a hundred engines, and
    the garbage collector look at millions of objects again and again.
    """

    _instances: dict[object, Any] = {}

    def __new__(cls, **options: Any) -> Any:
        key = (cls, *sorted(options.items(), key=lambda one: one[0]))
        if key not in cls._instances:
            cls._instances[key] = super().__new__(cls)
        return cls._instances[key]

    def __init__(self, **options: Any) -> None:
        if not hasattr(self, "statements"):
            super().__init__(**options)
            self.statements: Any = LRUCache(STATEMENTS)
            self._initialized = False

    def initialize(self, connection: Connection) -> None:
        """Ask the server what it is, at the first connection of all."""
        if not self._initialized:
            super().initialize(connection)  # type: ignore[misc]
            self._initialized = True

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=engine.dialect.statements)  # type: ignore[attr-defined]


class OneSQLite(OneForAll, SQLiteDialect_pysqlite):  # type: ignore[misc]
    supports_statement_cache = True


class OnePostgreSQL(OneForAll, PGDialect_psycopg):  # type: ignore[misc]
    supports_statement_cache = True

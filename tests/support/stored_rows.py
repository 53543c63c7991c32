"""All rows of a database, as its kind of database writes them down, and how they get into another one.

Versions are left out: triggers write new ones, as after every change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table

from app.migrations.models import metadata
from profiles.versions.models import Version

Rows = dict[str, dict[Any, Any]]
"""By table, in the order in which they refer to each other, and primary key."""


class SQLiteRows:
    """Rows as tuples."""

    @staticmethod
    def read(connection: Connection) -> Rows:
        driver: Any = connection.connection.driver_connection
        found: Rows = {}
        for name, table in tables().items():
            rows = driver.execute(f'SELECT {_keys(table)}, * FROM "{name}"').fetchall()
            if rows:
                width = len(table.primary_key)
                found[name] = {row[:width]: row[width:] for row in map(tuple, rows)}
        return found

    @staticmethod
    def insert(connection: Connection, name: str, rows: Mapping[Any, Any]) -> None:
        places = ", ".join("?" * len(tables()[name].columns))
        connection.exec_driver_sql(f'INSERT INTO "{name}" VALUES ({places})', list(rows.values()))

    @staticmethod
    def update(connection: Connection, name: str, rows: Mapping[Any, Any]) -> None:
        described = connection.exec_driver_sql(f'SELECT * FROM "{name}" LIMIT 0').keys()
        columns = ", ".join(f'"{column}" = ?' for column in described)
        connection.exec_driver_sql(
            f'UPDATE "{name}" SET {columns} WHERE ({_keys(tables()[name])}) = ({_places(tables()[name])})',
            [(*row, *key) for key, row in rows.items()],
        )

    @staticmethod
    def delete(connection: Connection, name: str, keys: Collection[Any]) -> None:
        table = tables()[name]
        connection.exec_driver_sql(
            f'DELETE FROM "{name}" WHERE ({_keys(table)}) = ({_places(table)})', list(keys)
        )


class PostgreSQLRows:
    """Rows, and keys, as the texts of composite values."""

    @staticmethod
    def read(connection: Connection) -> Rows:
        found: Rows = {}
        for name, key, row in connection.exec_driver_sql(_read_on_postgresql()):
            found.setdefault(name, {})[key] = row
        return {name: found[name] for name in tables() if name in found}

    @staticmethod
    def insert(connection: Connection, name: str, rows: Mapping[Any, Any]) -> None:
        connection.exec_driver_sql(
            f'INSERT INTO "{name}" SELECT * FROM unnest(%(rows)s::text[]::"{name}"[])',
            {"rows": list(rows.values())},
        )

    @staticmethod
    def update(connection: Connection, name: str, rows: Mapping[Any, Any]) -> None:
        columns = [f'"{column.name}"' for column in tables()[name].columns]
        keys = [f'"{column.name}"' for column in tables()[name].primary_key]
        connection.exec_driver_sql(
            f'UPDATE "{name}" t SET ({", ".join(columns)}) = ROW({", ".join(f"r.{one}" for one in columns)})'
            f' FROM unnest(%(rows)s::text[]::"{name}"[]) r'
            f" WHERE {' AND '.join(f't.{one} = r.{one}' for one in keys)}",
            {"rows": list(rows.values())},
        )

    @staticmethod
    def delete(connection: Connection, name: str, keys: Collection[Any]) -> None:
        connection.exec_driver_sql(
            f'DELETE FROM "{name}" WHERE ROW({_keys(tables()[name])})::text = ANY(%(keys)s)',
            {"keys": list(keys)},
        )


KINDS: dict[str, Any] = {"sqlite": SQLiteRows, "postgresql": PostgreSQLRows}


@cache
def tables() -> dict[str, Table]:
    """Every table that rows are read of."""
    return {table.name: table for table in metadata().sorted_tables if table.name != Version.__tablename__}


@cache
def _read_on_postgresql() -> str:
    return " UNION ALL ".join(
        f"SELECT '{name}', ROW({_keys(table)})::text, t::text FROM \"{name}\" t"
        for name, table in tables().items()
    )


def _keys(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.primary_key)


def _places(table: Table) -> str:
    return ", ".join("?" * len(table.primary_key))

"""What makes a load of millions of rows quick: indexes and constraints come after the rows."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table, text

from app.database import transaction

_CONSTRAINTS = text(
    "SELECT conrelid::regclass::text AS owner, conname, pg_get_constraintdef(oid) AS definition"
    " FROM pg_constraint WHERE contype = 'x' AND conrelid::regclass::text = ANY(:tables)"
)


@contextmanager
def without_indexes(engine: Engine, tables: Collection[Table]) -> Iterator[None]:
    """These tables have only their primary keys while the block runs; the rest is made at its end."""
    indexes = [index for table in tables for index in sorted(table.indexes, key=lambda one: str(one.name))]
    constraints = []
    with transaction(engine) as session:
        connection = session.connection()
        if _is_postgresql(connection):
            names = {"tables": [table.name for table in tables]}
            constraints = connection.execute(_CONSTRAINTS, names).all()
        for one in constraints:
            connection.exec_driver_sql(f"ALTER TABLE {one.owner} DROP CONSTRAINT {one.conname}")
        for index in indexes:
            index.drop(connection)
    yield
    for index in indexes:
        with transaction(engine) as session:
            index.create(_for_large_sorts(session.connection()))
    for one in constraints:
        with transaction(engine) as session:
            _for_large_sorts(session.connection()).exec_driver_sql(
                f"ALTER TABLE {one.owner} ADD CONSTRAINT {one.conname} {one.definition}"
            )


def without_checks(connection: Connection) -> None:
    """Until the transaction ends, PostgreSQL believes what is inserted about other tables."""
    if _is_postgresql(connection):
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def gather_statistics(engine: Engine) -> None:
    """What PostgreSQL's autovacuum does by and by; SQLite has nothing that would do it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if _is_postgresql(connection):
            connection.exec_driver_sql("VACUUM (ANALYZE)")


def _for_large_sorts(connection: Connection) -> Connection:
    if _is_postgresql(connection):
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
    return connection


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"

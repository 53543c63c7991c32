"""What makes a load of millions of rows quick: indexes come after them, and overlaps are looked for once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, func, or_, select, text

from app.database import transaction
from profiles.temporal import Exclusive, Fact

_EXCLUSION = text(
    "SELECT conname, pg_get_constraintdef(pg_constraint.oid) AS definition,"
    " pg_get_indexdef(conindid) AS its_index"
    " FROM pg_constraint WHERE contype = 'x' AND conrelid = to_regclass(:table)"
)
_MEMORY = ("maintenance_work_mem", "work_mem")


@contextmanager
def loading(engine: Engine, model: type[Fact]) -> Iterator[Connection]:
    """A transaction that fills an empty table, which has only its primary key until the block ends.

    PostgreSQL believes what is said about other tables, and writes down the rows and no log of them. Of its
    exclusion constraint only the index comes back: to look for overlaps row by row, as a constraint does,
    takes ten times as long as to make that. One question looks for them instead, so that this is for what is
    only read afterwards. Raises RuntimeError when it finds one.
    """
    table: Table = model.__table__  # type: ignore[attr-defined]
    indexes = sorted(table.indexes, key=lambda one: str(one.name))
    with transaction(engine) as session:
        connection = session.connection()
        is_postgresql = connection.dialect.name == "postgresql"
        constraints = _make_ready(connection, table) if is_postgresql else ()
        for index in indexes:
            index.drop(connection)
        yield connection
        for index in indexes:
            index.create(connection)
        for constraint in constraints:
            connection.exec_driver_sql(constraint.its_index)
        if constraints:
            refuse_overlaps(connection, model)


def refuse_overlaps(connection: Connection, model: type[Fact]) -> None:
    """Raise RuntimeError when current versions overlap that must not, as the constraints would say."""
    for rule in model.exclusive:
        _refuse_overlaps(connection, model.__table__, rule)  # type: ignore[attr-defined]


def _refuse_overlaps(connection: Connection, table: Any, rule: Exclusive) -> None:
    """Raise RuntimeError where it is so of one rule."""
    together = {"partition_by": [table.c[name] for name in rule.columns], "order_by": table.c.valid_from}
    only = [table.c[rule.only[0]] == rule.only[1]] if rule.only else []
    versions = select(
        table.c.valid_from,
        func.lag(table.c.valid_from).over(**together).label("earlier_from"),
        func.lag(table.c.valid_to).over(**together).label("earlier_to"),
    )
    each = versions.where(table.c.superseded_at.is_(None), *only).subquery()
    overlaps = and_(
        each.c.earlier_from.is_not(None),
        or_(each.c.earlier_to.is_(None), each.c.earlier_to > each.c.valid_from),
    )
    if connection.execute(select(each.c.valid_from).where(overlaps).limit(1)).first() is not None:
        raise RuntimeError(f"{table.name}: versions overlap that must not")


def gather_statistics(engine: Engine) -> None:
    """What PostgreSQL's autovacuum does by and by; SQLite has nothing that would do it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM (ANALYZE)")


def _make_ready(connection: Connection, table: Table) -> Sequence[Any]:
    """Make PostgreSQL quick for the rest of the transaction; return the constraints that went."""
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    for memory in _MEMORY:
        connection.exec_driver_sql(f"SET LOCAL {memory} = '1GB'")
    # A table that this transaction has made anew needs no log: its file is on the disk before the commit is.
    connection.exec_driver_sql(f"TRUNCATE {table.name}")
    constraints = connection.execute(_EXCLUSION, {"table": table.name}).all()
    for constraint in constraints:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} DROP CONSTRAINT {constraint.conname}")
    return constraints

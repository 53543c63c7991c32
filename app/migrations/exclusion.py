"""PostgreSQL's exclusion constraints for facts that may not overlap.

``btree_gist`` is not everywhere; a range type over the column's own type serves as well: a range that holds
just one value overlaps another exactly when the two values are equal.
"""

from uuid import UUID

from alembic import op

RANGE_TYPES = {
    "uuidrange": "CREATE TYPE uuidrange AS RANGE (subtype = uuid)",
    "textrange": 'CREATE TYPE textrange AS RANGE (subtype = text, collation = "C")',
}


def create_range_types() -> None:
    """Create the range types on PostgreSQL; do nothing elsewhere."""
    if op.get_context().dialect.name == "postgresql":
        for statement in RANGE_TYPES.values():
            op.execute(statement)


def drop_range_types() -> None:
    """Drop what ``create_range_types`` made."""
    if op.get_context().dialect.name == "postgresql":
        for name in RANGE_TYPES:
            op.execute(f"DROP TYPE {name}")


def exclude_overlaps(
    table: str,
    uuids: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
    only: str = "",
    *,
    optional: tuple[str, ...] = (),
    rule: str = "no_overlap",
) -> None:
    """Refuse current versions that agree in the columns and overlap in valid time (PostgreSQL only).

    ``optional`` are columns of ids that may be NULL: two that are agree. The constraint is named after the
    table and the ``rule``.
    """
    if op.get_context().dialect.name != "postgresql":
        return
    same = [f"uuidrange({c}, {c}, '[]') WITH &&" for c in uuids]
    same += [f"uuidrange({one}, {one}, '[]') WITH &&" for one in map(_or_nobody, optional)]
    same += [f"textrange({c}::text, {c}::text, '[]') WITH &&" for c in texts]
    condition = "superseded_at IS NULL" + (f" AND {only}" if only else "")
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{rule} EXCLUDE USING gist "
        f"({', '.join(same)}, tstzrange(valid_from, valid_to) WITH &&) WHERE ({condition})"
    )


def allow_overlaps(table: str, rule: str = "no_overlap") -> None:
    """Take such a constraint away (PostgreSQL only)."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_{rule}")


def _or_nobody(column: str) -> str:
    return f"coalesce({column}, '{UUID(int=0)}'::uuid)"

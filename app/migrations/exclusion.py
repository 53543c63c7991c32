"""PostgreSQL's exclusion constraints for facts that may not overlap.

``btree_gist`` is not everywhere; a range type over the column's own type serves as well: a range that holds
just one value overlaps another exactly when the two values are equal.
"""

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
    table: str, uuids: tuple[str, ...] = (), texts: tuple[str, ...] = (), only: str = ""
) -> None:
    """Refuse current versions that agree in the columns and overlap in valid time (PostgreSQL only)."""
    if op.get_context().dialect.name != "postgresql":
        return
    same = [f"uuidrange({c}, {c}, '[]') WITH &&" for c in uuids]
    same += [f"textrange({c}::text, {c}::text, '[]') WITH &&" for c in texts]
    condition = "superseded_at IS NULL" + (f" AND {only}" if only else "")
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_no_overlap EXCLUDE USING gist "
        f"({', '.join(same)}, tstzrange(valid_from, valid_to) WITH &&) WHERE ({condition})"
    )

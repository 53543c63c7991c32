"""Triggers that give a kind of thing a new version whenever one of its tables changes.

They cannot be forgotten by whoever writes to a table, in whatever way, and a version changes in the very
transaction that changes the table. ``profiles.versions`` says what versions are for.
"""

from collections.abc import Mapping

from alembic import op

_FUNCTION = """
CREATE FUNCTION renew_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE versions SET version = gen_random_uuid()::text WHERE kind = TG_ARGV[0];
    RETURN NULL;
END $$
"""
ANY_COLUMN = ""


def create_function() -> None:
    """Create what PostgreSQL's triggers call; do nothing elsewhere."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(_FUNCTION)


def drop_function() -> None:
    """Drop what ``create_function`` made."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION renew_version")


def watch(kind: str, tables: Mapping[str, str]) -> None:
    """Renew the version of ``kind`` when one of these tables changes.

    Beside each table stands the one column whose updates count, or ``ANY_COLUMN``.
    """
    op.execute(f"INSERT INTO versions (kind, version) VALUES ('{kind}', {_new_version()})")  # noqa: S608
    watch_also(kind, tables)


def watch_also(kind: str, tables: Mapping[str, str]) -> None:
    """The same for further tables of a kind that has a version already."""
    for table, column in tables.items():
        for event in ("insert", "update", "delete"):
            when = f"update of {column}" if event == "update" and column else event
            op.execute(_trigger(kind, table, event, when))


def unwatch(kind: str, tables: Mapping[str, str]) -> None:
    """Undo ``watch``."""
    unwatch_also(kind, tables)
    op.execute(f"DELETE FROM versions WHERE kind = '{kind}'")  # noqa: S608


def unwatch_also(kind: str, tables: Mapping[str, str]) -> None:
    """Undo ``watch_also``."""
    for table in tables:
        for event in ("insert", "update", "delete"):
            name = f"{table}_{event}_renews_{kind}"
            on = f" ON {table}" if op.get_context().dialect.name == "postgresql" else ""
            op.execute(f"DROP TRIGGER {name}{on}")


def _trigger(kind: str, table: str, event: str, when: str) -> str:
    name = f"{table}_{event}_renews_{kind}"
    if op.get_context().dialect.name == "postgresql":
        call = f"EXECUTE FUNCTION renew_version('{kind}')"
        return f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH STATEMENT {call}"
    renew = f"UPDATE versions SET version = {_new_version()} WHERE kind = '{kind}'"  # noqa: S608
    return f"CREATE TRIGGER {name} AFTER {when} ON {table} BEGIN {renew}; END"


def _new_version() -> str:
    if op.get_context().dialect.name == "postgresql":
        return "gen_random_uuid()::text"
    return "lower(hex(randomblob(16)))"

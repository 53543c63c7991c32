"""Run by Alembic: applies the migrations to the database that ``configuration`` names, all or none."""

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection

from app.database import create_engine
from app.migrations.models import metadata


def check_references(connection: Connection) -> None:
    """Raise CommandError, naming the tables, where a row refers to one that is not there."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        between = sorted({f"{table} to {other}" for table, _row, other, _key in broken})
        raise CommandError(
            f"{len(broken)} rows refer to rows that are not there ({', '.join(between)}). "
            "The database is left as it was."
        )


engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        # A batch puts a new table in the old one's place, whose rows others refer to meanwhile.
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        render_as_batch=is_sqlite,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        was = context.get_context().get_current_heads()
        context.run_migrations()
        if is_sqlite and context.get_context().get_current_heads() != was:
            check_references(connection)
engine.dispose()

"""Run by Alembic: applies the migrations to the database that ``configuration`` names."""

from alembic import context

from app.database import create_engine
from app.migrations.models import metadata

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A batch puts a new table in the old one's place, whose rows others refer to meanwhile.
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()

"""Run by Alembic: applies the migrations to the database that ``configuration`` names."""

from alembic import context

from app.database import create_engine
from app.migrations.models import metadata

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()

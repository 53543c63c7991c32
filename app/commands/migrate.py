"""``lanyard migrate``: makes the database ready for this version of the code."""

from datetime import datetime

import click
from sqlalchemy import Engine

from app import migrations
from app.commands.context import command_time, engine, settings
from app.config import Settings
from app.database import transaction
from identity.keys.encryption import KeyEncryption
from identity.keys.rotation import create_initial_keys


def make_ready(settings: Settings, engine: Engine, now: datetime) -> None:
    """Bring the schema up to date and make the first signing keys where there are none."""
    migrations.upgrade(settings.database_url)
    with transaction(engine) as session:
        create_initial_keys(session, KeyEncryption(settings.encryption_keys), now)


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema and make the first signing keys."""
    make_ready(settings(), engine(), command_time())
    click.echo("The database is ready.")

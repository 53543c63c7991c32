"""The command ``lanyard``: one file a noun."""

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.commands.admin import admin
from app.commands.apps import apps
from app.commands.audit import audit
from app.commands.authority import authority
from app.commands.client_tokens import tokens_command
from app.commands.client_upkeep import (
    disable_command,
    initial_access_token_command,
    list_command,
    rotate_secret_command,
    show_command,
)
from app.commands.clients import clients_command
from app.commands.demo import demo
from app.commands.departments import departments
from app.commands.exports import export_command
from app.commands.figures import figures_command
from app.commands.imports import import_command
from app.commands.keys import keys
from app.commands.migrate import migrate
from app.commands.organisation_record import show_organisation
from app.commands.organisations import organisations
from app.commands.organograms import organograms
from app.commands.people import people
from app.commands.register import register
from app.commands.retention import retention
from app.commands.roles import roles
from app.commands.run import run
from app.commands.safeguards import safeguards
from app.commands.settings import settings_table
from app.commands.worker import worker_command
from profiles.errors import ProfileError


class Commands(click.Group):
    """Shows what the domain refuses as one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. A refusal of the domain, or of the database, ends with exit status 1."""
        try:
            return super().invoke(ctx)
        except ProfileError as error:
            raise click.ClickException(error.message) from None
        except (OperationalError, ProgrammingError):
            raise click.ClickException(
                "The database cannot be used. Is LANYARD_DATABASE_URL right? Has `lanyard migrate` been run?"
            ) from None


@click.group(cls=Commands)
def main() -> None:
    """Lanyard: one portable profile per civil servant, behind OpenID Connect."""


for command in (
    admin,
    apps,
    audit,
    authority,
    clients_command,
    demo,
    departments,
    export_command,
    figures_command,
    import_command,
    keys,
    migrate,
    organisations,
    organograms,
    people,
    register,
    safeguards,
    retention,
    roles,
    run,
    settings_table,
    worker_command,
):
    main.add_command(command)
for command in (
    tokens_command,
    list_command,
    show_command,
    rotate_secret_command,
    disable_command,
    initial_access_token_command,
):
    clients_command.add_command(command)
organisations.add_command(show_organisation)

"""The command ``lanyard``: one file a noun."""

import click

from app.commands.audit import audit
from app.commands.keys import keys
from app.commands.migrate import migrate
from app.commands.settings import settings_table
from profiles.errors import ProfileError


class Commands(click.Group):
    """Shows what the domain refuses as one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. A refusal of the domain ends with exit status 1."""
        try:
            return super().invoke(ctx)
        except ProfileError as error:
            raise click.ClickException(error.message) from None


@click.group(cls=Commands)
def main() -> None:
    """Lanyard: one portable profile per civil servant, behind OpenID Connect."""


for command in (audit, keys, migrate, settings_table):
    main.add_command(command)

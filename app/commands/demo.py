"""``lanyard demo``: data with which Lanyard can be tried, in development only."""

import json

import click
from rich.console import Console
from rich.table import Table

from app.commands.context import command_time, engine, settings
from app.database import open_session
from app.demo.accounts import PASSWORD
from app.demo.loading import current_accounts, load


@click.group()
def demo() -> None:
    """Departments, people and apps to try Lanyard with."""


@demo.command("load")
def load_command() -> None:
    """Load the demonstration data that is not there yet. Loading again changes nothing."""
    try:
        for step in load(engine(), settings(), command_time()):
            click.echo(str(step))
    except OSError as error:
        raise click.ClickException(f"Cannot write {error.filename}: {error.strerror}") from None
    click.echo(
        f"Everybody's password is {PASSWORD} (a demonstration: never use it elsewhere). Who is new has none."
    )


@demo.command("accounts")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def accounts_command(as_json: bool) -> None:
    """List who can sign in, and as whom."""
    if not settings().development:
        raise click.ClickException("Demonstration accounts exist in development only; this is production.")
    with open_session(engine(), writes=False) as session:
        accounts = [
            {
                "name": account.name,
                "address": address,
                "organisation": account.organisation,
                "role": account.part,
                "password": PASSWORD if account.has_password else "",
            }
            for account, address in current_accounts(session, command_time())
        ]
    if as_json:
        click.echo(json.dumps(accounts, indent=2))
        return
    table = Table(title=f"Everybody's password: {PASSWORD} (who is new has none)", title_justify="left")
    table.add_column("Name", no_wrap=True)
    table.add_column("Address", no_wrap=True)
    table.add_column("Who")
    for account in accounts:
        table.add_row(account["name"], account["address"], account["role"])
    Console(highlight=False).print(table)

"""``lanyard departments``: how far a department's provider is believed, and undoing what it was linked to."""

import click

from app.commands.context import command_time, command_transaction
from identity.acr import LADDER
from identity.federation import links, providers
from profiles.audit.service import Initiator
from profiles.errors import NotFound
from profiles.sign_in.service import find_person_by_address

INITIATOR = Initiator.system("command:departments")


@click.group()
def departments() -> None:
    """Departments' own OpenID providers."""


@departments.command("list")
def list_departments() -> None:
    """Show each provider in use, and the highest level that it is believed."""
    with command_transaction() as session:
        for one in providers.in_use(session):
            click.echo(f"{one.issuer}  {one.name}  at most {one.ceiling}")


@departments.command("ceiling")
@click.argument("issuer")
@click.argument("level", type=click.Choice(LADDER))
def set_ceiling(issuer: str, level: str) -> None:
    """Believe the provider with ISSUER no further than LEVEL, from the next sign-in on."""
    now = command_time()
    with command_transaction() as session:
        found = next((one for one in providers.in_use(session) if one.issuer == issuer), None)
        if found is None:
            raise NotFound(f"No provider in use has the issuer {issuer}.")
        providers.set_ceiling(session, found.id, level, INITIATOR, now)
    click.echo(f"{issuer} is believed up to {level}.")


@departments.command("unlink")
@click.argument("address")
def unlink(address: str) -> None:
    """End every link of the person with ADDRESS, and the sessions that those accounts opened."""
    now = command_time()
    with command_transaction() as session:
        person_id = find_person_by_address(session, address, now)
        if person_id is None:
            raise NotFound(f"{address} is nobody's work address.")
        links.end_all(session, person_id, now, "Undone by an administrator", INITIATOR)
    click.echo(f"No department's account opens the profile of {address.strip().lower()} any more.")

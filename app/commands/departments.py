"""``lanyard departments``: how far a provider is believed, ending one, and undoing what it was linked to."""

import click
from sqlmodel import Session

from app.commands.context import command_time, command_transaction
from identity.acr import LADDER
from identity.federation import links, providers
from identity.federation.models import UpstreamProvider
from profiles.audit.service import Initiator
from profiles.errors import NotFound
from profiles.sign_in.service import find_person_by_address

INITIATOR = Initiator.system("command:departments")


_REALM = click.option(
    "--realm", default="", metavar="CLAIM=VALUE", help="Which, where organisations share the issuer."
)


@click.group()
def departments() -> None:
    """Departments' own OpenID providers."""


@departments.command("list")
def list_departments() -> None:
    """Show each provider in use, and the highest level that it is believed."""
    with command_transaction() as session:
        for one in providers.in_use(session):
            click.echo(f"{_place(one)}  {one.name}  at most {one.ceiling}")


@departments.command("ceiling")
@click.argument("issuer")
@click.argument("level", type=click.Choice(LADDER))
@_REALM
def set_ceiling(issuer: str, level: str, realm: str) -> None:
    """Believe the provider with ISSUER no further than LEVEL, from the next sign-in on."""
    now = command_time()
    with command_transaction() as session:
        found = _get(session, issuer, realm)
        providers.set_ceiling(session, found.id, level, INITIATOR, now)
        place = _place(found)
    click.echo(f"{place} is believed up to {level}.")


@departments.command("end")
@click.argument("issuer")
@_REALM
def end(issuer: str, realm: str) -> None:
    """Let nobody sign in through the provider with ISSUER any more; its links stay."""
    now = command_time()
    with command_transaction() as session:
        found = _get(session, issuer, realm)
        providers.end(session, found.id, INITIATOR, now)
        place = _place(found)
    click.echo(f"Nobody signs in with {place} any more.")


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


def _get(session: Session, issuer: str, realm: str) -> UpstreamProvider:
    found = providers.by_place(session).get((issuer, realm))
    if found is None:
        shared = [_place(one) for one in providers.in_use(session) if one.issuer == issuer]
        hint = f" In use are: {', '.join(shared)}." if shared else ""
        raise NotFound(f"No provider in use has the issuer {f'{issuer} {realm}'.strip()}.{hint}")
    return found


def _place(provider: UpstreamProvider) -> str:
    return f"{provider.issuer} {provider.realm}".strip()

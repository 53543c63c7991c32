"""``lanyard clients rotate-secret``, ``list``, ``show`` and ``disable``: clients that are there already."""

import json
from datetime import datetime, timedelta
from typing import Any

import click
from sqlmodel import Session

from app.commands.clients import INITIATOR
from app.commands.context import command_time, command_transaction
from identity.clients import service as clients
from identity.clients.client_secrets import rotate_secret
from identity.clients.errors import UnknownClient
from identity.clients.initial_access import allow
from identity.clients.models import Client
from identity.clients.registration import describe
from identity.clients.service import metadata_of
from identity.sessions.disabled_clients import disable_client
from profiles.organisations import service as organisations

LONGEST_OVERLAP_HOURS = 30 * 24


@click.command("rotate-secret")
@click.argument("client_id")
@click.option(
    "--overlap",
    type=click.IntRange(0, LONGEST_OVERLAP_HOURS),
    default=24,
    show_default=True,
    metavar="HOURS",
    help="For how long the older secrets stay good; 0 when one has leaked.",
)
def rotate_secret_command(client_id: str, overlap: int) -> None:
    """Make a new secret and print it once; the older ones end after the overlap."""
    now = command_time()
    with command_transaction() as session:
        client = _get(session, client_id)
        if not metadata_of(client).has_secret:
            method = client.token_endpoint_auth_method
            raise click.ClickException(f"This client has no secret: its method is {method}.")
        credentials = rotate_secret(
            session, now, INITIATOR, client_id=client_id, overlap=timedelta(hours=overlap)
        )
    click.echo(f"client_id     {credentials.client_id}")
    click.echo(f"client_secret {credentials.client_secret}")
    click.echo(f"Older secrets end at {_moment(now + timedelta(hours=overlap))}.", err=True)


@click.command("initial-access-token")
@click.option("--organisation", "code", required=True, metavar="CODE", help="Whose apps these are.")
@click.option("--contact", help="Whom people ask about an app that names nobody.")
@click.option("--hours", type=click.IntRange(1, 30 * 24), default=72, show_default=True)
@click.option("--attempts", type=click.IntRange(1, 1000), default=20, show_default=True)
def initial_access_token_command(code: str, contact: str | None, hours: int, attempts: int) -> None:
    """Print a token, once, with which suppliers register clients of an organisation by themselves."""
    now = command_time()
    with command_transaction() as session:
        organisation = organisations.get_by_code(session, code, now)
        token = allow(
            session,
            now,
            INITIATOR,
            organisation_id=organisation.id,
            contact=contact or organisation.name,
            expires_at=now + timedelta(hours=hours),
            attempts=attempts,
        )
    click.echo(token)
    click.echo(f"Good for {attempts} attempts, until {_moment(now + timedelta(hours=hours))}.", err=True)


@click.command("list")
def list_command() -> None:
    """Show every client: its id, its state, how it proves itself, and its name."""
    with command_transaction() as session:
        for client in clients.list_all(session):
            state = f"disabled {_moment(client.disabled_at)}" if client.disabled_at else "active"
            method = client.token_endpoint_auth_method
            click.echo(f"{client.client_id}  {state}  {method}  {client.client_name}")


@click.command("show")
@click.argument("client_id")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show_command(client_id: str, as_json: bool) -> None:
    """Show what a client is registered as; its secrets cannot be shown."""
    with command_transaction() as session:
        client = session.get(Client, client_id)
        if client is None:
            raise click.ClickException(f"There is no client {client_id!r}.")
        described = _described(client)
    if as_json:
        click.echo(json.dumps(described, indent=2))
        return
    width = max(map(len, described)) + 2
    for name, value in described.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:{width}}{json.dumps(shown) if isinstance(shown, bool | dict) else shown}")


@click.command("disable")
@click.argument("client_id")
def disable_command(client_id: str) -> None:
    """Let a client do nothing any more, and end its sessions."""
    with command_transaction() as session:
        _get(session, client_id)
        ended = disable_client(session, command_time(), INITIATOR, client_id)
    click.echo(f"{client_id} is disabled; sessions ended: {ended}.")


def _get(session: Session, client_id: str) -> Client:
    try:
        return clients.get(session, client_id)
    except UnknownClient:
        raise click.ClickException(f"There is no active client {client_id!r}.") from None


def _described(client: Client) -> dict[str, Any]:
    """In the names of the standards where they have one; nothing that is not set."""
    ours = {
        "state": f"disabled {_moment(client.disabled_at)}" if client.disabled_at else "active",
        "app_id": str(client.app_id),
        "profile": client.profile,
        "sector": client.sector,
        "require_pkce": client.require_pkce,
        "access_token_format": client.access_token_format,
        "service_scope": client.service_scope,
        "resources": client.resources,
    }
    ours = {name: value for name, value in ours.items() if value not in ("", [])}
    return {"client_id": client.client_id} | ours | describe(client)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"

"""``lanyard clients tokens``: which tokens a registered client may ask for."""

import click

from app.commands.clients import INITIATOR
from app.commands.context import command_time, command_transaction
from identity.clients.errors import InvalidClientMetadata
from identity.clients.token_metadata import ACCESS_TOKEN_FORMATS, GRANT_TYPES, TokenMetadata
from identity.clients.token_service import change_tokens


@click.command("tokens")
@click.argument("client_id")
@click.option(
    "--grant-type",
    "grant_types",
    multiple=True,
    type=click.Choice(GRANT_TYPES),
    default=GRANT_TYPES[:1],
    show_default=True,
    help="May be given several times, as may the next three.",
)
@click.option(
    "--access-token-format",
    type=click.Choice(ACCESS_TOKEN_FORMATS),
    default=ACCESS_TOKEN_FORMATS[0],
    show_default=True,
)
@click.option("--service-scope", "service_scopes", multiple=True, help="What it may do by itself.")
@click.option("--resource", "resources", multiple=True, metavar="URI", help="What it may ask tokens for.")
@click.option("--serves", multiple=True, metavar="URI", help="A resource that it is: it may introspect.")
def tokens_command(
    client_id: str,
    grant_types: tuple[str, ...],
    access_token_format: str,
    service_scopes: tuple[str, ...],
    resources: tuple[str, ...],
    serves: tuple[str, ...],
) -> None:
    """Say which tokens a client may ask for; whatever is not said here it may not."""
    asked = TokenMetadata(grant_types, access_token_format, service_scopes, resources, serves)
    try:
        with command_transaction() as session:
            change_tokens(session, command_time(), INITIATOR, client_id, asked)
    except InvalidClientMetadata as refusal:
        raise click.ClickException(f"{refusal.field}: {refusal.reason}") from None
    click.echo(f"{client_id} may ask for: {', '.join(grant_types)}.")

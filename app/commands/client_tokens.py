"""``lanyard clients tokens``: which tokens a registered client may ask for."""

from typing import Any

import click

from app.commands.client_options import token_options, tokens_of
from app.commands.clients import INITIATOR
from app.commands.context import command_time, command_transaction
from identity.clients.errors import InvalidClientMetadata
from identity.clients.token_service import change_tokens


@click.command("tokens")
@click.argument("client_id")
@token_options
def tokens_command(client_id: str, **described: Any) -> None:
    """Say which tokens a client may ask for; whatever is not said here it may not."""
    asked = tokens_of(described)
    try:
        with command_transaction() as session:
            change_tokens(session, command_time(), INITIATOR, client_id, asked)
    except InvalidClientMetadata as refusal:
        raise click.ClickException(f"{refusal.field}: {refusal.reason}") from None
    click.echo(f"{client_id} may ask for: {', '.join(asked.grant_types)}.")

"""``lanyard authority``: which system masters which field."""

import click

from app.commands.context import command_time, command_transaction
from profiles.audit.service import Initiator
from profiles.imports.records.authority import authorities_of, set_authority
from profiles.organisations import service as organisations

INITIATOR = Initiator.system("command:authority")


@click.command("authority")
@click.argument("kind", required=False)
@click.argument("field", required=False)
@click.argument("source", required=False)
@click.option("--organisation", "code", required=True, metavar="CODE", help="Whose records, such as HMRC.")
def authority(kind: str | None, field: str | None, source: str | None, code: str) -> None:
    """Let SOURCE master FIELD of KIND (*: every field; '': nobody). Without them, list who masters what."""
    with command_transaction() as session:
        organisation_id = organisations.get_by_code(session, code, command_time()).id
        if kind is None:
            for one in authorities_of(session, organisation_id):
                click.echo(f"{one.kind} {one.field} {one.source}")
            return
        if field is None or source is None:
            raise click.UsageError("Say KIND, FIELD and SOURCE.")
        set_authority(
            session,
            command_time(),
            INITIATOR,
            organisation_id=organisation_id,
            kind=kind,
            field=field,
            source=source,
            set_by=None,
        )
    click.echo(f"{source or 'Nobody'} masters {field} of {kind} at {code}.")

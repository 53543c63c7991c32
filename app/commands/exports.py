"""``lanyard export``: take records out in the format that import reads."""

from pathlib import Path
from uuid import UUID

import click

from app.commands.context import command_time, engine
from app.commands.private_file import write_private
from app.database import open_session, transaction
from profiles.audit.service import Initiator
from profiles.imports.records.export import Export, note_export
from profiles.organisations.successions import id_of
from profiles.people.service import name_of

INITIATOR = Initiator.system("command:export")


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--organisation", "code", metavar="CODE", help="Everything of an organisation and its people.")
@click.option("--person", "person_id", type=click.UUID, metavar="ID", help="Everything of one person.")
@click.option(
    "--history", is_flag=True, help="And what was believed before: `lanyard import --history` reads it."
)
def export_command(file: Path, code: str | None, person_id: UUID | None, history: bool) -> None:
    """Write records to FILE (JSON Lines), which only its owner can read; `lanyard import` reads them."""
    now = command_time()
    with open_session(engine(), writes=False) as session:
        organisation_id = id_of(session, code) if code else None
        if person_id is not None:
            name_of(session, person_id, now)
        leaving = Export(
            session, now, organisation_id=organisation_id, person_id=person_id, with_history=history
        )
        # Before anything leaves: an export that is not written down does not happen.
        with transaction(engine()) as writing:
            note_export(
                writing,
                now,
                INITIATOR,
                organisation_id=organisation_id,
                person_id=person_id,
                with_history=history,
            )
        write_private(file, leaving.lines())
    click.echo(f"{leaving.records:,} records and {leaving.keys:,} keys of systems were written to {file}.")
    if leaving.left_out:
        click.echo(f"{leaving.left_out:,} name records of others, so they stayed here.", err=True)

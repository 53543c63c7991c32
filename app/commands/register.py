"""``lanyard register``: the register of organisations out of one installation and into another."""

from pathlib import Path

import click

from app.commands.context import command_time, command_transaction, engine
from app.commands.private_file import write_private
from app.database import open_session, transaction
from profiles.audit.service import Initiator
from profiles.imports.records.content import PIECE
from profiles.imports.register.export import RegisterExport, note_register_export
from profiles.imports.register.loading import RegisterImport

INITIATOR = Initiator.system("command:register")
PROBLEMS_SHOWN = 50


@click.group()
def register() -> None:
    """The register of organisations as a whole: names, places, e-mail domains, who took over from whom."""


@register.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--history", is_flag=True, help="And what was believed before: `register import --history` reads it."
)
def export_register(file: Path, history: bool) -> None:
    """Write the register to FILE (JSON Lines). What is an organisation's own, `lanyard export` writes."""
    now = command_time()
    with open_session(engine(), writes=False) as session:
        leaving = RegisterExport(session, now, with_history=history)
        # Before anything leaves: an export that is not written down does not happen.
        with transaction(engine()) as writing:
            note_register_export(writing, now, INITIATOR, with_history=history)
        write_private(file, leaving.lines())
    click.echo(f"{leaving.records:,} lines were written to {file}.")


@register.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--history",
    is_flag=True,
    help="The lines say when they were recorded, as `register export --history` writes them.",
)
@click.option("--dry-run", is_flag=True, help="Check and report, and record nothing.")
def import_register(file: Path, history: bool, dry_run: bool) -> None:
    """Read FILE where there are no organisations yet: all of it, or nothing.

    Afterwards `lanyard import` reads what each organisation's own export holds.
    """
    with file.open("rb") as opened:
        read = RegisterImport(
            file.name, iter(lambda: opened.read(PIECE), b""), command_time(), with_history=history
        )
    if read.problems:
        shown = "\n".join(f"  {one}" for one in read.problems[:PROBLEMS_SHOWN])
        more = len(read.problems) - PROBLEMS_SHOWN
        rest = f"\n  … and {more:,} more" if more > 0 else ""
        raise click.ClickException(f"The file was refused, nothing was recorded.\n{shown}{rest}")
    with command_transaction() as session:
        read.check_empty(session)
        if not dry_run:
            read.record(session, INITIATOR)
    click.echo(f"{read.records:,} lines {'would be' if dry_run else 'were'} recorded.")

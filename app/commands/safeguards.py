"""``lanyard safeguards``: marks and suspensions, out of one installation into another."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from app import access_changes
from app.commands.context import command_time, command_transaction, engine, tried_twice
from app.commands.private_file import write_private
from app.commands.sealed_file import seal, unseal
from app.database import open_session, transaction
from profiles.audit.service import Initiator
from profiles.errors import NotFound
from profiles.imports.records.service import find_source
from profiles.imports.safeguards.export import SafeguardExport, note_safeguards_export
from profiles.imports.safeguards.loading import Fate, Outcome, SafeguardImport
from profiles.organisations.successions import id_of

INITIATOR = Initiator.system("command:safeguards")
LARGEST = 64 * 1024 * 1024
PROBLEMS_SHOWN = LINES_SHOWN = 50
_CODE = click.option(
    "--organisation", "code", required=True, metavar="CODE", help="Whose people they are of."
)
_SAID = {
    Fate.AS_BEFORE: "came earlier and change nothing",
    Fate.SETTLED_HERE: "are about what officers here have said themselves, which stands",
    Fate.NOBODY_YET: "name nobody who is recorded here yet: settle who waits, then read the file again",
    Fate.ELSEWHERE: "are of people who work elsewhere now: tell the security officers there",
}


@click.group()
def safeguards() -> None:
    """Marks of sensitive people and suspensions: what no export of records may tell."""


@safeguards.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_CODE
@click.option("--history", is_flag=True, help="And what was believed before.")
def export_safeguards(file: Path, code: str, history: bool) -> None:
    """Write them to FILE, which nobody reads or changes without the key that is shown once.

    Let the key go another way than the file: from security officer to security officer.
    """
    now = command_time()
    with open_session(engine(), writes=False) as session:
        organisation_id = id_of(session, code)
        leaving = SafeguardExport(session, now, organisation_id, with_history=history)
        # Before anything leaves: an export that is not written down does not happen.
        with transaction(engine()) as writing:
            note_safeguards_export(
                writing, now, INITIATOR, organisation_id=organisation_id, with_history=history
            )
        sealed, key = seal(b"".join(leaving.lines()))
    write_private(file, [sealed])
    click.echo(f"{leaving.records:,} lines were written to {file}. Its key, which is kept nowhere:\n{key}")


@safeguards.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_CODE
@click.option("--source", required=True, metavar="NAME", help="What the records of these people came from.")
@click.option("--history", is_flag=True, help="The lines say when they were recorded.")
def import_safeguards(file: Path, code: str, source: str, history: bool) -> None:
    """Read FILE after the records of the same people; it asks for the key. Nothing is lifted by it.

    The same file again changes nothing.
    """
    now = command_time()
    if file.stat().st_size > LARGEST:
        raise click.ClickException("The file is too large to hold safeguards.")
    content = unseal(file.read_bytes(), click.prompt("Key", hide_input=True))
    read = SafeguardImport("safeguards.jsonl", [content], now, with_history=history)
    if read.problems:
        shown = "\n".join(f"  {one}" for one in read.problems[:PROBLEMS_SHOWN])
        raise click.ClickException(f"The file was refused, nothing was recorded.\n{shown}")
    organisation_id, outcome = tried_twice(lambda: _record(read, code, source, now))
    if outcome.organisation_suspended:
        access_changes.end_refused(engine(), organisation_id, now, "The organisation was suspended.")
    click.echo(f"{len(outcome.of(Fate.RECORDED)):,} lines were recorded.")
    for fate, words in _SAID.items():
        if lines := outcome.of(fate):
            listed = ", ".join(map(str, lines[:LINES_SHOWN])) + (" …" if len(lines) > LINES_SHOWN else "")
            click.echo(f"{len(lines):,} {words} (line {listed}).", err=True)


def _record(read: SafeguardImport, code: str, source: str, now: datetime) -> tuple[UUID, Outcome]:
    with command_transaction() as session:
        organisation_id = id_of(session, code)
        found = find_source(session, organisation_id, source)
        if found is None:
            raise NotFound(f"{code} has no records from {source!r}: import those first.")
        outcome = read.record(session, INITIATOR, organisation_id=organisation_id, source=found)
        for person_id in sorted(outcome.suspended):
            access_changes.sign_out_everywhere(
                session, person_id, now, "The account was suspended.", INITIATOR
            )
        access_changes.settle_people(session, outcome.suspended, now, "The account was suspended.")
        return organisation_id, outcome

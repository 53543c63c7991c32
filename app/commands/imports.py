"""``lanyard import``: bring in people, postings, clearances and pay in the open format."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from app.commands.context import command_time, engine, settings
from app.commands.organograms import progress_bar
from app.database import open_session, transaction
from app.record_import import Progress, RecordImport, prepare
from profiles.audit.service import Initiator
from profiles.columns import new_id
from profiles.imports.records import content, service
from profiles.imports.records.models import Import, ImportState, Source
from profiles.imports.records.problems import Problem
from profiles.organisations.successions import id_of

PROBLEMS_SHOWN = 50
INITIATOR = Initiator.system("command:import")
COUNTS = (
    ("records", "Records in the files"),
    ("people", "New people"),
    ("added", "New records"),
    ("superseded", "Of these, what was believed before"),
    ("changed", "Changed records"),
    ("unchanged", "Records as before"),
    ("keys", "Keys of other systems, whose files go on from here"),
    ("outside_scale", "Salaries outside their scale (see --report)"),
    ("conflicts", "Conflicts for a person to settle"),
    ("waiting", "People who may be recorded already, and wait"),
    ("held", "Records that wait with them"),
    ("vanished", "Records that came earlier and are missing now"),
)


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--organisation", "code", required=True, metavar="CODE", help="Whose records these are.")
@click.option("--source", required=True, metavar="NAME", help="The system they come from, such as hr-system.")
@click.option(
    "--history",
    is_flag=True,
    help="The records say when they were recorded, as `lanyard export --history` writes them. Of new people.",
)
@click.option("--dry-run", is_flag=True, help="Check and report, and leave nothing behind.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole report here."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def import_command(
    files: tuple[Path, ...],
    code: str,
    source: str,
    history: bool,
    dry_run: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Import FILES: all of them or nothing. The same files again change nothing."""
    service.check_file_names(file.name for file in files)
    with transaction(engine(), writes=False) as session:
        organisation_id = id_of(session, code)
    if dry_run:
        _try(files, organisation_id, source, history, report, as_json)
        return
    with transaction(engine()) as session:
        one = service.receive(
            session,
            command_time(),
            INITIATOR,
            organisation_id=organisation_id,
            source=source,
            files=[(file.name, _chunks(file)) for file in files],
            started_by=None,
            with_history=history,
        )
    with _bar(f"Importing {code}") as tell:
        running = RecordImport(engine(), one.id, clock=command_time, progress=tell)
        if one.state is ImportState.RECEIVED:
            one = running.check_and_publish(settings().second_officer_above, INITIATOR)
        elif one.state in (ImportState.APPROVED, ImportState.WRITING):
            one = running.publish(INITIATOR)
    _finish(one, report, as_json)


def _try(
    files: tuple[Path, ...],
    organisation_id: UUID,
    source: str,
    history: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Check and plan, and say what would happen."""
    with transaction(engine(), writes=False) as session:
        known = service.find_source(session, organisation_id, source)
    with (
        _bar("Checking") as tell,
        prepare(
            engine(),
            organisation_id,
            known or Source(organisation_id=organisation_id, name=source),
            lambda _session: [(file.name, _chunks(file)) for file in files],
            load_id=new_id(),
            now=command_time(),
            progress=tell,
            with_history=history,
        ) as prepared,
    ):
        if report is not None:
            report.write_bytes(b"".join(content.report_lines(prepared.workbook)))
        shown = list(prepared.workbook.listed(PROBLEMS_SHOWN))
        checked = prepared.checked
    if checked.problems:
        _refuse(shown, checked.problems)
    _show(checked.counts, checked.affected, "would be imported", as_json)


def _finish(one: Import, report: Path | None, as_json: bool) -> None:
    with open_session(engine(), writes=False) as session:
        lines = b"".join(content.chunks_of(session, one.id, content.REPORT, is_report=True))
    if report is not None:
        report.write_bytes(lines)
    if one.state is ImportState.REFUSED:
        with open_session(engine(), writes=False) as session:
            _refuse(content.report_rows(session, one.id, PROBLEMS_SHOWN), one.problems)
    if one.state is ImportState.WAITING and one.of_vetting:
        raise click.ClickException(
            f"There are clearances in the files, so a security officer must approve them on Lanyard's pages"
            f" ({one.id}). The worker publishes them then."
        )
    if one.state is ImportState.WAITING and one.counts.get("always_wait"):
        raise click.ClickException(
            "There are checks of identity in the files, so an officer must approve them on Lanyard's pages"
            f" ({one.id}). The worker publishes them then."
        )
    if one.state is ImportState.WAITING:
        raise click.ClickException(
            f"The import changes the access of {one.affected:,} people, so an officer must approve it"
            f" on Lanyard's pages ({one.id}). The worker publishes it then."
        )
    if one.state is ImportState.APPROVED:
        raise click.ClickException(
            "Another import about the same organisations or people is being published. The worker publishes"
            f" this one after it ({one.id}), or run this command again then."
        )
    if one.state is ImportState.RECEIVED:
        raise click.ClickException("Records were changed meanwhile, so nothing was imported. Start again.")
    _show(one.counts, one.affected, "were imported", as_json)


def _refuse(found: list[Problem], number: int) -> None:
    more = [f"  … and {number - len(found):,} more"] if number > len(found) else []
    listed = "\n".join([f"  {problem}" for problem in found] + more)
    raise click.ClickException(f"The files were refused, nothing was imported.\n{listed}")


def _show(counts: Mapping[str, Any], affected: int, said: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(dict(counts) | {"access_changes": affected}))
        return
    table = Table(title=f"What {said}", title_justify="left")
    table.add_column("what")
    table.add_column("number", justify="right")
    for name, label in COUNTS:
        table.add_row(label, f"{counts.get(name, 0):,}")
    table.add_row("People whose access changes", f"{affected:,}")
    Console(file=sys.stdout, highlight=False).print(table)


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(content.PIECE):
            yield chunk


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    with progress_bar(title) as report:
        yield lambda _step, done, total: report(done, total)

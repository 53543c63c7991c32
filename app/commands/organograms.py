"""``lanyard organograms``: bring in whole departments from what they publish."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.commands.context import command_time, engine
from app.database import transaction
from app.organogram_import import Progress as Report
from app.organogram_import import Summary, date_in_name, import_organogram
from profiles.audit.service import Initiator
from profiles.imports.organograms.mappings import UnmappedLabels, unknown_of
from profiles.imports.organograms.reading import UnreadableOrganogram, read_organogram
from profiles.imports.organograms.service import grades_begin
from profiles.imports.records.grades import key_of
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import get_by_code, grades_of
from profiles.temporal import civil_date

PROBLEMS_SHOWN = 50
TO_FILL_IN = "?"
"""Stands for the common grade in a file to fill in; the import refuses it where it was forgotten."""


@click.group()
def organograms() -> None:
    """Import departments from the organograms that they publish."""


@organograms.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--organisation", "code", required=True, metavar="CODE", help="Whose staff it is, such as HMRC."
)
@click.option(
    "--allow-unmapped", is_flag=True, help="Record grades that are not mapped, without common grade."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def import_command(file: Path, code: str, allow_unmapped: bool, as_json: bool) -> None:
    """Import FILE: all of it or nothing. The same file again changes nothing."""
    try:
        content = file.read_bytes()
        with progress_bar(f"Importing {code}") as report:
            summary = import_organogram(
                engine(),
                content,
                code=code,
                snapshot=date_in_name(file.name),
                allow_unmapped=allow_unmapped,
                initiator=Initiator.system("command:organograms"),
                progress=report,
            )
    except OSError as error:
        raise click.ClickException(f"Cannot read {file}: {error.strerror}") from None
    except UnreadableOrganogram as error:
        raise click.ClickException(
            f"{file.name} was refused, nothing was imported.\n{_listed(error)}"
        ) from None
    except UnmappedLabels as error:
        raise click.ClickException(
            f"{file.name} was refused, nothing was imported. {error.message}\n{_how_to_map(file, code)}"
        ) from None
    if as_json:
        click.echo(json.dumps(summary.as_dict(), ensure_ascii=False))
    else:
        show(summary)


@organograms.command("grades")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--organisation", "code", required=True, metavar="CODE", help="Whose staff it is, such as HMRC."
)
def grades_command(file: Path, code: str) -> None:
    """Write the grades of FILE that nobody has mapped as a CSV file to fill in, for `lanyard import`."""
    now = command_time()
    try:
        organogram = read_organogram(file.read_bytes())
    except UnreadableOrganogram as error:
        raise click.ClickException(f"{file.name} cannot be read.\n{_listed(error)}") from None
    with transaction(engine(), writes=False) as session:
        recorded = grades_of(session, get_by_code(session, code, now).id, now)
    begins = grades_begin(date_in_name(file.name) or civil_date(now)).isoformat()
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("source_key", "label", "common_grade", "valid_from"))
    for label in unknown_of(organogram.labels, code, recorded):
        table.writerow((key_of(label), label, TO_FILL_IN, begins))


@organograms.command("scales")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def scales_command(file: Path) -> None:
    """Write the pay scales that FILE publishes as a CSV file to look over, for `lanyard import`.

    They begin on the day of the organogram: since when they are so it does not say, nor where.
    """
    try:
        organogram = read_organogram(file.read_bytes())
    except UnreadableOrganogram as error:
        raise click.ClickException(f"{file.name} cannot be read.\n{_listed(error)}") from None
    begins = (date_in_name(file.name) or civil_date(command_time())).isoformat()
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("source_key", "local_grade", "minimum_pence", "maximum_pence", "valid_from"))
    for label, ranges in organogram.pay_ranges.items():
        if len(ranges) == 1:
            table.writerow((key_of(label), label, *ranges[0], begins))
        else:
            said = f"{label} is published with {len(ranges)} pay ranges: add a row for each pay location."
            click.echo(said, err=True)


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """A bar on standard error while it is a terminal; otherwise nothing is shown."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report


def show(summary: Summary) -> None:
    """Print a summary for people."""
    console = Console(file=sys.stdout, highlight=False)
    if not summary.changed:
        console.print(f"{summary.organisation} has this very file already: nothing was changed.")
        return
    table = Table(
        title=f"Imported into {summary.organisation}, as of {summary.snapshot}", title_justify="left"
    )
    table.add_column("what")
    table.add_column("number", justify="right")
    for label, number in (
        ("Groups of posts in the file", summary.rows),
        ("People", summary.people),
        ("Postings", summary.postings),
        ("of which part-time", summary.part_time),
        ("Pay records", summary.pay_records),
        ("Postings with unpublished pay", summary.unpublished_pay),
        ("Grades", summary.grades),
        ("of which without a common grade", len(summary.no_common_grade)),
    ):
        table.add_row(label, f"{number:,}")
    table.add_row("Seconds", f"{summary.seconds:.1f}")
    console.print(table)
    if summary.resumed_from:
        console.print(f"The first {summary.resumed_from:,} people were there from an attempt that broke off.")
    if summary.no_common_grade:
        console.print("Without a common grade: " + ", ".join(summary.no_common_grade))


def _how_to_map(file: Path, code: str) -> str:
    grades = f"{code.lower()}.grade.csv"
    return (
        "Say what each means, import that, and then import the organogram again:\n"
        f"  lanyard organograms grades {file} --organisation {code} > {grades}\n"
        f"  (replace each {TO_FILL_IN} there by one of {', '.join(CommonGrade)}; by nothing for none)\n"
        f"  lanyard import {grades} --organisation {code} --source grades\n"
        "With --allow-unmapped they are recorded without a common grade."
    )


def _listed(error: UnreadableOrganogram) -> str:
    shown = [f"  {problem}" for problem in error.problems[:PROBLEMS_SHOWN]]
    more = len(error.problems) - len(shown)
    if more:
        shown.append(f"  … and {more:,} more")
    return "\n".join(shown)

"""``lanyard retention``: how long records are kept, and which are due."""

import json
import sys
from datetime import datetime
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from app.commands.context import command_time, engine, settings
from app.database import open_session
from app.retention.records import RECORDS
from profiles.organisations import service as organisations
from profiles.retention.due import DueCount, count_due
from profiles.temporal import civil_date

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def retention() -> None:
    """How long records are kept, and which of them are due to be deleted."""


@retention.command("preview")
@click.option("--on", "day", type=_DAY, help="A civil day; today when it is left out.")
@click.option("--organisation", "code", metavar="CODE", help="One organisation; all when it is left out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def preview(day: datetime | None, code: str | None, as_json: bool) -> None:
    """Print how many records of each kind are due; nothing is deleted, and nobody is named."""
    now = command_time()
    on, years = day.date() if day else civil_date(now), settings().retention_periods
    with open_session(engine(), writes=False) as session:
        known = organisations.tree(session, now).organisations
        ids = [organisations.get_by_code(session, code, now).id] if code else list(known)
        codes = {one: known[one].code for one in ids}
        counts = count_due(session, RECORDS, years, ids, on, now)
    if as_json:
        due = [_line(one, codes) | {"years": years[one.kind]} for one in counts]
        click.echo(json.dumps({"on": on.isoformat(), "due": due}))
        return
    if not counts:
        click.echo(f"Nothing is due on {on:%-d %B %Y}.")
        return
    table = Table(title=f"Due to be deleted on {on:%-d %B %Y}", title_justify="left")
    for name in ("organisation", "kind", "years"):
        table.add_column(name)
    for name in ("due", "held"):
        table.add_column(name, justify="right")
    for one in counts:
        line = _line(one, codes)
        shown = (line["organisation"], line["kind"], years[one.kind], f"{one.due:,}", f"{one.held:,}")
        table.add_row(*map(str, shown))
    Console(file=sys.stdout, highlight=False).print(table)


def _line(one: DueCount, codes: dict[UUID, str]) -> dict[str, str | int]:
    return {
        "organisation": codes[one.organisation_id],
        "kind": one.kind.value,
        "due": one.due,
        "held": one.held,
    }

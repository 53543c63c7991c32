"""``lanyard figures``: what the dashboard shows, for the centre's own tools."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import click

from app.commands.context import command_time, engine
from app.commands.day import Day
from app.database import open_session
from profiles.figures.scope import Period
from profiles.figures.service import Reader, figures_of
from profiles.organisations.service import get_by_code
from profiles.temporal import civil_date


@click.command("figures")
@click.option("--first", type=Day(), help="The first day; 30 days to the last without it.")
@click.option("--last", type=Day(), help="The last day; today without it.")
@click.option("--organisation", "code", metavar="CODE", help="One organisation's moves; all without it.")
def figures_command(first: date | None, last: date | None, code: str | None) -> None:
    """Print the figures of a period as JSON, as the centre may read them: no name, no small number."""
    now = command_time()
    until = last or civil_date(now)
    period = Period(first or until - timedelta(days=29), until)
    with open_session(engine(), writes=False) as session:
        where = frozenset({get_by_code(session, code, now).id}) if code else None
        found = figures_of(session, Reader(where, exact=False), period, now)
    said: dict[str, Any] = asdict(found) | {"at": now, "hours": found.hours, "pence": found.pence}
    click.echo(json.dumps(said, default=date.isoformat, indent=2))

"""A civil day as an option of a command."""

from datetime import date
from typing import Any

import click

from profiles.temporal import NEWEST_YEAR, OLDEST_YEAR, is_recorded_day


class Day(click.ParamType[date]):
    """A day written like 2026-04-01."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> date:
        """The day. Fails for what is none, or none of which a record can speak."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not a date like 2026-04-01", param, context)
        if not is_recorded_day(day):
            self.fail(f"{value} is no day of the years {OLDEST_YEAR} to {NEWEST_YEAR}", param, context)
        return day

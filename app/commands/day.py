"""A civil day as an option of a command."""

from datetime import date
from typing import Any

import click


class Day(click.ParamType[date]):
    """A day written like 2026-04-01."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> date:
        """The day. Fails for what is none."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not a date like 2026-04-01", param, context)

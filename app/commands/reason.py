"""Why something is done, as an argument of a command: one text of a length that pages show."""

from typing import Any

import click

LONGEST_REASON = 500


class Reason(click.ParamType[str]):
    """A reason that says something, in ``LONGEST_REASON`` characters or fewer, without blanks around it."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Raise BadParameter, which names the option."""
        words = str(value).strip()
        if not words:
            self.fail("Say why.", param, ctx)
        if len(words) > LONGEST_REASON:
            self.fail(f"Use {LONGEST_REASON} characters or fewer; these are {len(words):,}.", param, ctx)
        return words

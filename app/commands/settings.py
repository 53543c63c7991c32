"""``lanyard settings``: every setting, as the table that stands in docs/settings.md."""

import json

import click
from pydantic_core import PydanticUndefined

from app.config import Settings


def table() -> str:
    """A Markdown table of every setting: its variable, what it is, and its default; moves, mail last."""
    lines = ["| variable | what it is | default |", "|---|---|---|"]
    own = Settings.__annotations__
    for name, field in sorted(Settings.model_fields.items(), key=lambda one: one[0] not in own):
        default = "required" if field.default is PydanticUndefined else f"`{_shown(field.default)}`"
        lines.append(f"| `LANYARD_{name.upper()}` | {field.description} | {default} |")
    return "\n".join(lines)


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return str(list(default))
    if isinstance(default, dict):
        return json.dumps(default)
    return str(default) or "(empty)"


@click.command("settings")
def settings_table() -> None:
    """Print every setting as a table."""
    click.echo(table())

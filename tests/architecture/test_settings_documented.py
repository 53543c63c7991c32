"""docs/settings.md has exactly one row for each setting, in the words of the code."""

import json
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from app.config import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()


def row(name: str, field: FieldInfo) -> str:
    default = "**required**" if field.is_required() else written(field.default)
    return f"| `LANYARD_{name.upper()}` | {default} | {field.description} |"


def written(value: Any) -> str:
    """A default as one writes it in the environment."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, (bool, tuple)):
        value = json.dumps(value)
    return f"`{value}`" if value != "" else "empty"


def test_every_setting_has_its_row() -> None:
    rows = [row(name, field) for name, field in Settings.model_fields.items()]
    assert [wanted for wanted in rows if wanted not in PAGE.splitlines()] == []


def test_nothing_but_settings_is_documented() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `LANYARD_")]
    assert len(rows) == len(Settings.model_fields)

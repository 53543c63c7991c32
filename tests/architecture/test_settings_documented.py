"""docs/settings.md holds what ``lanyard settings`` prints."""

from pathlib import Path

from app.commands.settings import table

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()


def test_the_page_of_settings_is_the_one_that_the_code_describes() -> None:
    assert table() in PAGE

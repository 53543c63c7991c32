"""``lanyard figures`` as it is typed."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session

from app.commands import context, main
from app.config import development_defaults
from profiles.transfers.service import advance_due
from tests.factories.transfers import make_move


@pytest.fixture
def _joined(
    session: Session, now: datetime, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A move whose start date was 16 March 2026."""
    transfer = make_move(session, now).schedule()
    advance_due(session, transfer.join_at + timedelta(minutes=1))
    session.commit()
    values = development_defaults(tmp_path) | {"LANYARD_DATABASE_URL": database_url}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield
    context.settings.cache_clear()
    context.engine.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["figures", "--first", "2026-03-01", "--last", "2026-03-31", *arguments])


@pytest.mark.usefixtures("_joined")
def test_it_prints_the_figures_without_small_numbers() -> None:
    found = json.loads(run("--organisation", "HO").output)
    assert found["joined"] == {"value": 10, "fewer": True}
    assert found["period"] == {"first": "2026-03-01", "last": "2026-03-31"}
    assert found["now"]["moves"]["reconciling"] == {"value": 10, "fewer": True}
    assert json.loads(run("--organisation", "DWP").output)["joined"] == {"value": 0, "fewer": False}


@pytest.mark.usefixtures("_joined")
def test_an_organisation_that_is_none_is_said_in_a_line() -> None:
    refused = run("--organisation", "NONE")
    assert refused.exit_code == 1
    assert len(refused.output.splitlines()) == 1

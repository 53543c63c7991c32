"""``lanyard people show``."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from app.commands import context, main
from app.config import development_defaults
from app.database import open_session, transaction
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from tests.factories.people import make_person


@pytest.fixture
def lanyard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The command, with a database of its own in which Priya Patel is known since March."""
    for name, value in development_defaults(tmp_path).items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    runner = CliRunner()
    assert runner.invoke(main, ["migrate"]).exit_code == 0
    with transaction(context.engine()) as session:
        make_person(session, datetime.fromisoformat("2026-03-02T09:00:00+00:00"))
    yield runner
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def show(runner: CliRunner, *arguments: str) -> Result:
    return runner.invoke(main, ["people", "show", *arguments])


def test_a_profile_is_printed_by_what_was_known_and_the_reading_is_audited(lanyard: CliRunner) -> None:
    told = json.loads(show(lanyard, "priya.patel@hmrc.gov.uk").stdout)
    assert told["name"][0]["family_name"] == "Patel"
    before = json.loads(show(lanyard, "priya.patel@hmrc.gov.uk", "--known-at", "2026-03-01").stdout)
    assert before["name"] == []
    with open_session(context.engine(), writes=False) as session:
        events = session.exec(select(AuditEntry.event)).all()
    assert events.count(Event.PROFILE_READ) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        ["nobody@hmrc.gov.uk"],
        ["priya.patel@hmrc.gov.uk", "--valid-on", "1.4."],
        ["priya.patel@hmrc.gov.uk", "--valid-on", "9999-12-31"],
        ["priya.patel@hmrc.gov.uk", "--known-at", "0001-01-01"],
    ],
)
def test_a_wrong_name_or_date_is_one_line(lanyard: CliRunner, wrong: list[str]) -> None:
    answer = show(lanyard, *wrong)
    assert answer.exit_code != 0
    assert isinstance(answer.exception, SystemExit)
    assert "Traceback" not in answer.output

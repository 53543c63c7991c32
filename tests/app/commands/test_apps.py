"""``lanyard apps who`` and ``lanyard apps show``."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.commands import context, main
from app.config import development_defaults
from app.database import transaction
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee

NOW = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


@pytest.fixture
def lanyard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The command, with two apps: one for everybody of HMRC, one besides for who holds DV."""
    for name, value in development_defaults(tmp_path).items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    runner = CliRunner()
    assert runner.invoke(main, ["migrate"]).exit_code == 0
    with transaction(context.engine()) as session:
        hmrc = make_organisation(session, NOW)
        for name in ("Open Desk", "Closed Desk"):
            app = make_app(session, NOW, hmrc, name)
            make_rule(session, NOW, app)
        make_rule(session, NOW, app, "manager", least_clearance="DV")
        make_employee(session, NOW, hmrc, "ann.stays")
        make_employee(session, NOW, hmrc, "bob.starts", since=date(2026, 4, 1))
    yield runner
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def who(runner: CliRunner, *arguments: str) -> Result:
    return runner.invoke(main, ["apps", "who", *arguments])


def test_a_day_is_counted_or_listed_by_id(lanyard: CliRunner) -> None:
    assert who(lanyard, "Open Desk", "--on", "2026-03-31").stdout.split() == [
        "1",
        "caseworker",
        "1",
        "in",
        "all",
    ]
    listed = json.loads(who(lanyard, "Open Desk", "--on", "2026-04-01", "--json").stdout)
    assert list(listed.values()) == [["caseworker"], ["caseworker"]]


def test_it_is_told_by_what_was_known_on_a_day(lanyard: CliRunner) -> None:
    for arguments in ((), ("--changes",)):
        asked = ("Open Desk", "--on", "2026-04-01", *arguments, "--known-at")
        assert "0  in all" in who(lanyard, *asked, "2026-03-01").stdout
        assert "0  in all" not in who(lanyard, *asked, "2026-03-02").stdout


def test_what_a_day_changes_is_told(lanyard: CliRunner) -> None:
    counted = who(lanyard, "Open Desk", "--on", "2026-04-01", "--changes").stdout
    assert "1  no access -> caseworker" in counted
    listed = json.loads(who(lanyard, "Open Desk", "--on", "2026-04-01", "--changes", "--json").stdout)
    assert list(listed.values()) == [[[], ["caseworker"]]]


def test_nobody_is_listed_by_a_high_clearance(lanyard: CliRunner) -> None:
    assert "1  in all" in who(lanyard, "Closed Desk", "--on", "2026-03-31").stdout
    refused = who(lanyard, "Closed Desk", "--json")
    assert (refused.exit_code, refused.stdout) == (1, "")


def test_an_unknown_app_is_refused(lanyard: CliRunner) -> None:
    refused = who(lanyard, "No Desk")
    assert refused.exit_code == 1
    assert "There is no app" in refused.stderr


def test_what_stood_of_an_app_is_shown_on_both_time_lines(lanyard: CliRunner) -> None:
    def shown(*arguments: str) -> dict[str, Any]:
        result = lanyard.invoke(main, ["apps", "show", "Closed Desk", *arguments])
        assert result.exit_code == 0, result.output
        told: dict[str, Any] = json.loads(result.stdout)
        return told

    told = shown()
    assert [one["least_clearance"] for one in told["rules"]] == [None, "DV"]
    assert told["agreement"]["purpose"] == "to open your cases"
    assert told["given_by_hand"] == []
    for day in (("--valid-on", "1999-12-31"), ("--known-at", "2026-03-01")):
        told = shown(*day)
        assert (told["agreement"], told["rules"]) == (None, [])


def test_a_role_is_added_renamed_and_removed(lanyard: CliRunner) -> None:
    def roles() -> dict[str, str]:
        shown = json.loads(lanyard.invoke(main, ["apps", "show", "Open Desk"]).output)
        return {one["name"]: one["label"] for one in shown["roles"]}

    assert (
        lanyard.invoke(main, ["apps", "add-role", "Open Desk", "lead", "Lead", "--rank", "9"]).exit_code == 0
    )
    assert next(iter(roles().items())) == ("lead", "Lead")
    assert lanyard.invoke(main, ["apps", "rename-role", "Open Desk", "lead", "Team lead"]).exit_code == 0
    assert roles()["lead"] == "Team lead"
    assert lanyard.invoke(main, ["apps", "remove-role", "Open Desk", "lead"]).exit_code == 0
    assert "lead" not in roles()
    refused = lanyard.invoke(main, ["apps", "remove-role", "Open Desk", "caseworker"])
    assert refused.exit_code != 0
    assert "still used by a rule" in refused.output
    assert (
        "no role called 'lead'" in lanyard.invoke(main, ["apps", "remove-role", "Open Desk", "lead"]).output
    )

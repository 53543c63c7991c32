"""``lanyard import``, as it is typed, and as it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func
from sqlmodel import select

from app.commands import context, main
from app.config import development_defaults
from app.database import open_session, transaction
from profiles.employments.models import Posting
from profiles.imports.records.models import Import, ImportState
from profiles.loads import Load
from tests.factories.organisations import make_organisation
from tests.factories.records import json_lines, person_records


@pytest.fixture
def _command_settings(
    engine: Engine, database_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    for name, value in (development_defaults(tmp_path) | {"LANYARD_DATABASE_URL": database_url}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LANYARD_SECOND_OFFICER_ABOVE", "100000")
    context.settings.cache_clear()
    context.engine.cache_clear()
    with transaction(engine) as session:
        make_organisation(session, now, "HMRC")
    yield
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def arguments(file: Path, *options: str) -> list[str]:
    return ["import", str(file), "--organisation", "HMRC", "--source", "hr", *options]


def run(tmp_path: Path, content: bytes, *options: str) -> Result:
    file = tmp_path / "records.jsonl"
    file.write_bytes(content)
    return CliRunner().invoke(main, arguments(file, *options))


def count(engine: Engine, model: type) -> int:
    with open_session(engine, writes=False) as session:
        return session.exec(select(func.count()).select_from(model)).one()


@pytest.mark.usefixtures("_command_settings")
def test_a_dry_run_says_what_would_happen_and_leaves_nothing(tmp_path: Path, engine: Engine) -> None:
    answer = run(tmp_path, json_lines(*person_records("1")), "--dry-run", "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["added"] == 5
    assert [count(engine, model) for model in (Import, Load, Posting)] == [0, 0, 0]


@pytest.mark.usefixtures("_command_settings")
@pytest.mark.parametrize("option", ["--dry-run", "--json"])
def test_a_bad_file_is_refused_with_its_lines(tmp_path: Path, engine: Engine, option: str) -> None:
    records = [*person_records("1"), *person_records("2", salary_pence=-1)]
    report = tmp_path / "report.csv"
    answer = run(tmp_path, json_lines(*records), option, "--report", str(report))
    assert answer.exit_code == 1
    assert "records.jsonl, line 10: salary_pence: must be 0 or more" in answer.stderr
    assert "problem,records.jsonl,10,salary_pence,out_of_range,must be 0 or more" in report.read_text()
    assert count(engine, Posting) == 0


@pytest.mark.usefixtures("_command_settings")
def test_more_access_than_the_setting_allows_is_left_to_an_officer(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANYARD_SECOND_OFFICER_ABOVE", "100")
    context.settings.cache_clear()
    records = [one for key in range(101) for one in person_records(str(key))]
    answer = run(tmp_path, json_lines(*records))
    assert answer.exit_code == 1
    assert "changes the access of 101 people, so an officer must approve it" in answer.stderr
    assert count(engine, Posting) == 0
    again = run(tmp_path, json_lines(*records))
    assert "an officer must approve it" in again.stderr
    assert count(engine, Import) == 1


@pytest.mark.usefixtures("_command_settings")
def test_an_import_that_is_killed_goes_on_and_ends_the_same(tmp_path: Path, engine: Engine) -> None:
    file = tmp_path / "records.jsonl"
    file.write_bytes(json_lines(*[one for key in range(1500) for one in person_records(str(key))]))
    command = [sys.executable, "-m", "app.commands", *arguments(file)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[3], env=os.environ.copy())
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        with open_session(engine, writes=False) as session:
            load = session.exec(select(Load)).first()
        if load is not None and load.rows_done:
            process.send_signal(signal.SIGKILL)
            break
        process.poll()
    assert process.wait(30) == -signal.SIGKILL
    with open_session(engine, writes=False) as session:
        written = session.exec(select(Load)).one()
        assert written.published_at is None
        assert 0 < written.rows_done < written.rows_total
    answer = CliRunner().invoke(main, arguments(file))
    assert answer.exit_code == 0, answer.output
    with open_session(engine, writes=False) as session:
        assert session.exec(select(Import.state)).all() == [ImportState.PUBLISHED]
        assert session.exec(select(Load.id)).all() == [written.id]
    assert count(engine, Posting) == 1500
    assert "1,500" not in CliRunner().invoke(main, arguments(file, "--json")).stdout
    assert count(engine, Posting) == 1500


@pytest.mark.usefixtures("_command_settings")
def test_what_was_known_when_comes_in_only_where_it_is_asked_for(tmp_path: Path) -> None:
    file, out = tmp_path / "records.jsonl", tmp_path / "out.jsonl"
    told = {"recorded_at": "2024-05-01T10:00:00Z"}
    file.write_bytes(json_lines(*(one | told for one in person_records("1"))))
    assert CliRunner().invoke(main, arguments(file)).exit_code != 0
    tried = CliRunner().invoke(main, arguments(file, "--history", "--dry-run", "--json"))
    done = CliRunner().invoke(main, arguments(file, "--history", "--json"))
    assert [json.loads(one.stdout)["added"] for one in (tried, done)] == [5, 5]
    written = CliRunner().invoke(main, ["export", str(out), "--organisation", "HMRC", "--history"])
    assert written.exit_code == 0, written.output
    records = [json.loads(line) for line in out.read_text().splitlines()[1:]]
    assert {one["recorded_at"] for one in records if one["kind"] not in {"grade", "source_key"}} == {
        told["recorded_at"]
    }

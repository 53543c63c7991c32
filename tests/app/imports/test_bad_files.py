"""Every bad file is refused with its line and leaves nothing: on the page, by command and through the API."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import SQLModel, func, select

from app.commands import context, main
from app.config import development_defaults
from app.database import open_session, transaction
from app.import_worker import Importing as Worker
from profiles.imports.records.kinds import KINDS
from profiles.imports.records.models import FieldConflict, PlannedChange, PossibleDuplicate, SourceRecord
from profiles.loads import Load
from profiles.organisations.models import OrganisationDetail
from profiles.people.models import Person
from profiles.roles.models import Role
from profiles.temporal import end, history
from tests.app.api.test_importing import send
from tests.app.api.test_records import PASSKEY, get, service_token
from tests.app.imports.bad_files import FAULTS, FILES, RECORDED, Found
from tests.app.page_checks import check_page
from tests.factories.importing import Importing
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role
from tests.factories.records import csv_file, person_records
from tests.identity.endpoints.provider import ISSUER, Clock, Provider
from tests.support.databases import fresh_database

TABLES: tuple[type[SQLModel], ...] = (
    *(kind.model for kind in KINDS.values()),
    *(Person, Load, SourceRecord, PlannedChange, FieldConflict, PossibleDuplicate),
)


class Department:
    """HMRC: an HR officer on the page, an operator at the command line, a system that calls the API."""

    def __init__(self, database_url: str, folder: Path, now: datetime) -> None:
        self.provider = Provider(database_url, Clock(now))
        self.folder = folder
        self.organisation_id = self.provider.organisation.id
        Importing(self.provider.engine, now, self.organisation_id).whole(*RECORDED)
        self.provider.clock.forward(days=1)
        with transaction(self.provider.engine) as session:
            ended = make_organisation(session, now, "ENDED", parent=self.provider.organisation)
            [detail] = history(session, OrganisationDetail, now, organisation_id=ended.id)
            end(session, detail, now, now, PROVENANCE)
            give_role(session, now, self.provider.person_id, Role.HR_OFFICER, self.provider.organisation.id)
        self.provider.app.config["WTF_CSRF_ENABLED"] = False
        self.token = service_token(self.provider, "records.write")
        self.provider.sign_in(amr=PASSKEY)
        self.rows = self.count()

    def count(self) -> dict[str, int]:
        with open_session(self.provider.engine, writes=False) as session:
            return {
                model.__name__: session.exec(select(func.count()).select_from(model)).one()
                for model in TABLES
            }

    def on_the_page(self, files: Mapping[str, bytes]) -> Found:
        fields = {"organisation_id": str(self.organisation_id), "source": "hr"}
        sent = [(io.BytesIO(content), name) for name, content in files.items()]
        answer = self.provider.post("/imports/new", fields | {"files": sent})
        assert answer.status_code == 303
        self.work()
        page = self.provider.get(answer.location)
        check_page(page.text)
        assert ("nothing was imported" in page.text) is True
        return _lines(self.provider.get(f"{answer.location}/report").text)

    def by_command(self, files: Mapping[str, bytes]) -> Found:
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        paths, report = [str(self.folder / name) for name in files], self.folder / "report.csv"
        options = ["--organisation", "HMRC", "--source", "hr", "--report", str(report)]
        answer = CliRunner().invoke(main, ["import", *paths, *options])
        assert answer.exit_code == 1, answer.output
        assert "Traceback" not in answer.output
        found = _lines(report.read_text())
        for line, field, _code in found:
            where = f", line {line}: " if line else ": "
            assert f"{where}{field + ': ' if field else ''}" in answer.stderr
        return found

    def through_the_api(self, content: bytes) -> Found:
        sent = send(self.provider, self.token, data=content)
        assert sent.status_code == 202, sent.text
        self.work()
        found: Any = get(
            self.provider, sent.headers["Location"].removeprefix(f"{ISSUER}/api/v1"), self.token
        ).json
        assert found["state"] == "refused"
        return [(one["line"], one["field"], one["code"]) for one in found["first_problems"]]

    def work(self) -> None:
        Worker(self.provider.engine, self.provider.clock, 1000).everything()


def _lines(report: str) -> Found:
    rows = csv.DictReader(report.splitlines())
    return [(int(row["line"]), row["field"], row["code"]) for row in rows if row["severity"] == "problem"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def department(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Department]:
    """One for all files: none of them leaves anything."""
    folder = tmp_path_factory.mktemp("files")
    with fresh_database(request.param) as url, pytest.MonkeyPatch.context() as environment:
        for name, value in (development_defaults(folder) | {"LANYARD_DATABASE_URL": url}).items():
            environment.setenv(name, value)
        context.settings.cache_clear()
        context.engine.cache_clear()
        department = Department(url, folder, datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        yield department
        context.engine().dispose()
        department.provider.engine.dispose()
        context.settings.cache_clear()
        context.engine.cache_clear()


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_record_is_refused_however_it_comes(department: Department, name: str) -> None:
    for files, expected in (FAULTS[name].json_lines(), FAULTS[name].csv()):
        assert department.on_the_page(files) == expected
        assert department.by_command(files) == expected
        for content in (one for file, one in files.items() if file.endswith(".jsonl")):
            assert department.through_the_api(content) == expected
    assert department.count() == department.rows


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_however_it_comes(department: Department, name: str) -> None:
    file, content, expected = FILES[name]
    assert department.on_the_page({file: content}) == expected
    assert department.by_command({file: content}) == expected
    if file.endswith(".jsonl"):
        assert department.through_the_api(content) == expected
    assert department.count() == department.rows


def test_a_key_stands_in_one_of_the_files_alone(department: Department) -> None:
    one, other = person_records("7"), person_records("8")
    other[0] |= {"source_key": one[0]["source_key"]}
    files = {"a.name.csv": csv_file(one[0]), "b.name.csv": csv_file(other[0])}
    expected = [(2, "source_key", "key_twice")]
    assert department.on_the_page(files) == expected
    assert department.by_command(files) == expected
    assert department.count() == department.rows


@pytest.mark.parametrize("name", ["a\0.name.csv", "\u202ea.name.csv", f"{'x' * 100}.name.csv"])
def test_a_file_has_a_name_that_can_be_shown(department: Department, name: str) -> None:
    fields = {"organisation_id": str(department.organisation_id), "source": "hr"}
    sent = fields | {"files": [(io.BytesIO(csv_file(person_records("7")[0])), name)]}
    answer = department.provider.post("/imports/new", sent)
    assert answer.status_code == 422
    assert "The name of a file is 1 to 100 characters that can be printed." in answer.text
    assert department.count() == department.rows


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_file_on_disk_has_too(department: Department, more: list[str]) -> None:
    """A name of another encoding, as an old system writes them."""
    path = os.fsdecode(os.fsencode(department.folder) + b"/Zo\xeb.name.csv")
    Path(path).write_bytes(csv_file(person_records("7")[0]))
    answer = CliRunner().invoke(main, ["import", path, "--organisation", "HMRC", "--source", "hr", *more])
    assert (answer.exit_code, type(answer.exception)) == (1, SystemExit)
    assert "characters that can be printed" in answer.stderr
    assert department.count() == department.rows

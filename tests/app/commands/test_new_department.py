"""A department that Lanyard knows nothing of, from its name to its people, as it is typed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func
from sqlmodel import col, select

from app.commands import context, main
from app.config import development_defaults
from app.database import open_session
from profiles.employments.models import Posting
from profiles.imports.organograms.mappings import mapping_of
from profiles.loads import Load
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import get_by_code, grades_of
from profiles.temporal import as_of
from tests.factories.organograms import make_file, make_row, published_file

OWN = {
    "Ranger": CommonGrade.EO,
    "Warden, Senior": CommonGrade.SEO,
    "Volunteer": None,
    "L" * 150: CommonGrade.G7,
}
"""Labels that nobody has seen: one with a comma, one that is no grade, one too long for a key."""


@pytest.fixture(autouse=True)
def _settings(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    for name, value in (development_defaults(tmp_path) | {"LANYARD_DATABASE_URL": database_url}).items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def fill_in(skeleton: str, meanings: Mapping[str, CommonGrade | None], file: Path) -> None:
    """Do what whoever maps the grades does in a spreadsheet."""
    rows = list(csv.DictReader(skeleton.splitlines()))
    assert {row["common_grade"] for row in rows} == {"?"}
    with file.open("w", newline="") as target:
        writer = csv.DictWriter(target, rows[0])
        writer.writeheader()
        writer.writerows(row | {"common_grade": meanings[row["label"]] or ""} for row in rows)


@pytest.mark.parametrize("shape", ["made up", "published"])
def test_it_is_told_what_to_map_and_loads_once_it_is_mapped(
    tmp_path: Path, engine: Engine, shape: str
) -> None:
    content, meanings = make_file(*[make_row(f'"{label}"', "3.5") for label in OWN]), OWN
    if shape == "published":
        content, meanings = published_file("DECC"), dict(mapping_of("DECC"))
    file, grades = tmp_path / "beis-2013-09-30-junior.csv", tmp_path / "beis.grade.csv"
    file.write_bytes(content)
    whose = ("--organisation", "BEIS")
    made = run("organisations", "add", "BEIS", "Business", "--since", "1990-01-01", "--domain", "beis.gov.uk")
    assert made.exit_code == 0, made.output

    refused = run("organograms", "import", file, *whose)

    assert refused.exit_code == 1
    assert all(f"\n  {label}: " in refused.stderr for label in meanings)
    assert f"lanyard organograms grades {file} --organisation BEIS" in refused.stderr
    with open_session(engine, writes=False) as session:
        assert session.exec(select(Load)).all() == []

    skeleton = run("organograms", "grades", file, *whose).stdout
    grades.write_text(skeleton)
    forgotten = run("import", grades, *whose, "--source", "grades")
    assert forgotten.exit_code == 1
    assert "beis.grade.csv, line 2: common_grade: must be " in forgotten.stderr
    fill_in(skeleton, meanings, grades)
    mapped = run("import", grades, *whose, "--source", "grades")
    assert mapped.exit_code == 0, mapped.output

    loaded = run("organograms", "import", file, *whose, "--json")
    assert loaded.exit_code == 0, loaded.output
    with open_session(engine, writes=False) as session:
        now = datetime.now(UTC)
        beis = get_by_code(session, "BEIS", now)
        assert grades_of(session, beis.id, now) == meanings
        people = session.exec(
            select(func.count()).where(as_of(Posting, now, now), col(Posting.organisation_id) == beis.id)
        ).one()
    assert json.loads(loaded.stdout)["people"] == people > 0
    assert run("organograms", "grades", file, *whose).stdout.count("\n") == 1


def test_it_is_listed_with_what_is_above_it() -> None:
    run("organisations", "add", "TOP", "The Top", "--since", "1990-01-01")
    run("organisations", "add", "BEIS", "Business", "--since", "1990-01-01", "--under", "TOP")
    assert "BEIS  Business  under TOP  no domain  0 grades" in run("organisations", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("TOP", "Another"), "code 'TOP' already"),
        (("lower", "Lower"), "capital letters"),
        (("NEW", " "), "A name is"),
        (("NEW", "New", "--domain", "not a domain"), "no e-mail domain"),
        (("NEW", "New", "--domain", "TOP.gov.uk"), "top.gov.uk is another organisation's"),
        (("NEW", "New", "--under", "NOBODY"), "'NOBODY'"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(arguments: tuple[str, ...], said: str) -> None:
    run("organisations", "add", "TOP", "The Top", "--since", "1990-01-01", "--domain", "top.gov.uk")
    refused = run("organisations", "add", *arguments, "--since", "2026-01-01")
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert "New" not in run("organisations", "list").stdout

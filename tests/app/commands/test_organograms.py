"""``lanyard organograms import``, as it is typed."""

import gzip
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func
from sqlmodel import select

from app.commands import context, main
from app.config import development_defaults
from app.database import open_session, transaction
from app.organogram_import import date_in_name
from profiles.employments.models import Posting
from profiles.loads import Load
from profiles.pay.models import PayScale
from profiles.temporal import start_of_day
from tests.factories.organisations import make_organisation
from tests.factories.organograms import make_file, make_row


@pytest.fixture
def _command_settings(
    engine: Engine, database_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    for name, value in (development_defaults(tmp_path) | {"LANYARD_DATABASE_URL": database_url}).items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    with transaction(engine) as session:
        make_organisation(session, now, "HMRC")
    yield
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def run(tmp_path: Path, content: bytes, *options: str, code: str = "HMRC") -> Result:
    file = tmp_path / "hmrc-2025-09-30-junior.csv"
    file.write_bytes(content)
    return CliRunner().invoke(main, ["organograms", "import", str(file), "--organisation", code, *options])


def postings(engine: Engine) -> int:
    with open_session(engine, writes=False) as session:
        return session.exec(select(func.count()).select_from(Posting)).one()


@pytest.mark.usefixtures("_command_settings")
def test_a_summary_says_what_was_imported(tmp_path: Path) -> None:
    answer = run(tmp_path, make_file(make_row(posts="2.5"), make_row("Band T", "1", "0", "0")), "--json")
    assert answer.exit_code == 0
    summary = json.loads(answer.stdout)
    assert summary.pop("seconds") >= 0
    assert len(summary.pop("content_hash")) == 64
    assert summary == {
        "organisation": "HMRC",
        "snapshot": "2025-09-30",
        "changed": True,
        "resumed_from": 0,
        "rows": 2,
        "people": 4,
        "postings": 4,
        "pay_records": 3,
        "part_time": 1,
        "unpublished_pay": 1,
        "grades": 2,
        "no_common_grade": ["Band T"],
    }


@pytest.mark.usefixtures("_command_settings")
def test_the_same_file_again_changes_nothing(tmp_path: Path, engine: Engine) -> None:
    first, second = run(tmp_path, make_file(make_row())), run(tmp_path, make_file(make_row()))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "People" in first.stdout
    assert "nothing was changed" in second.stdout
    assert postings(engine) == 2


@pytest.mark.usefixtures("_command_settings")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (make_file(make_row(), make_row(posts="-1")), "line 3: Number of Posts in FTE is negative: -1"),
        (make_file(make_row(), make_row(unit="caf\xe9")).decode().encode("latin-1"), "line 1: not UTF-8"),
        (make_file(make_row("Wizard"), make_row("Witch")), "  Witch: 2\n  Wizard: 2\n"),
        (make_file(make_row()).decode().encode("utf-16"), "line 1: not UTF-8"),
        (make_file(make_row()) + b"\xef\xbb\xbf" + make_row().encode(), "line 3: Parent Department holds"),
        (make_file(make_row(), make_row(unit="a\0b")), "line 3: Unit holds a NUL byte"),
        (make_file(make_row(), make_row(unit='"open')), "line 3: not readable as CSV"),
        (make_file(make_row(), make_row(unit='"a"b')), "line 3: not readable as CSV"),
        (make_file(make_row()).replace(b",", b";"), "line 1: missing column"),
        (make_file(make_row(), "HMRC,HMRC"), "line 3: 2 columns where there must be 10"),
        (make_file(make_row(), "", make_row()), "line 3: the line is empty"),
        (make_file(make_row(), make_row(posts="9999999")), "line 3: Number of Posts in FTE is not"),
        (make_file(make_row(), make_row(unit="x" * 301)), "line 3: Unit is longer than 300 characters"),
        (make_file(make_row(), make_row(unit="=A1&B1")), "line 3: Unit holds a spreadsheet's formula"),
        (make_file(make_row(), make_row("#REF!")), "line 3: Grade holds a spreadsheet's formula"),
        (gzip.compress(make_file(make_row())), "line 1: a workbook, an archive or a document"),
        (make_file(), "The file holds no rows"),
    ],
)
def test_a_refused_file_changes_nothing(tmp_path: Path, engine: Engine, content: bytes, said: str) -> None:
    answer = run(tmp_path, content)
    assert answer.exit_code == 1
    assert said in answer.stderr
    assert "nothing was imported" in answer.stderr
    with open_session(engine, writes=False) as session:
        assert session.exec(select(Load)).first() is None


@pytest.mark.usefixtures("_command_settings")
def test_many_problems_are_counted_beyond_the_first(tmp_path: Path) -> None:
    answer = run(tmp_path, make_file(*[make_row(posts="-1")] * 80))
    assert answer.stderr.count("is negative") == 50
    assert "… and 30 more" in answer.stderr


@pytest.mark.usefixtures("_command_settings")
def test_unmapped_grades_are_imported_when_asked(tmp_path: Path) -> None:
    answer = run(tmp_path, make_file(make_row("Wizard")), "--allow-unmapped")
    assert answer.exit_code == 0
    assert "Without a common grade: Wizard" in answer.stdout


@pytest.mark.usefixtures("_command_settings")
def test_an_unknown_organisation_is_named_with_those_that_exist(tmp_path: Path) -> None:
    answer = run(tmp_path, make_file(make_row()), code="BEIS")
    assert answer.exit_code == 1
    assert "no organisation with the code 'BEIS'. Known codes: HMRC." in answer.stderr


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("hmrc-2013-09-30-junior.csv", date(2013, 9, 30)),
        ("hmrc.csv", None),
        ("hmrc-2013-13-30.csv", None),
        ("12013-09-30.csv", None),
    ],
)
def test_the_day_of_a_snapshot_stands_in_its_name(name: str, day: date | None) -> None:
    assert date_in_name(name) == day


@pytest.mark.usefixtures("_command_settings")
def test_the_scales_that_are_published_come_in_by_the_import_of_records(
    tmp_path: Path, engine: Engine
) -> None:
    rows = [make_row(), make_row(), make_row("Band T", "1", "0", "0")]
    rows += [
        make_row("Senior Officer", "1", "40000", "44000"),
        make_row("Senior Officer", "1", "43000", "47000"),
    ]
    organogram = tmp_path / "hmrc-2025-09-30-junior.csv"
    organogram.write_bytes(make_file(*rows))
    written = CliRunner().invoke(main, ["organograms", "scales", str(organogram)])
    assert "Senior Officer is published with 2 pay ranges" in written.stderr
    scales = tmp_path / "hmrc.pay_scale.csv"
    scales.write_text(written.stdout)
    sent = ["import", str(scales), "--organisation", "HMRC", "--source", "organogram"]
    assert CliRunner().invoke(main, sent).exit_code == 0
    with open_session(engine, writes=False) as session:
        (scale,) = session.exec(select(PayScale)).all()
    assert (scale.local_grade, scale.minimum_pence, scale.maximum_pence) == ("Officer", 2_266_900, 3_033_100)
    assert scale.valid_from == start_of_day(date(2025, 9, 30))

"""The measurements measure what they say, and a missed limit is one."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.commands.migrate import make_ready
from app.database import create_engine
from bench import bulk_move, code_flow, decisions, import_records, report, server
from bench.__main__ import measure_record_import
from bench.department_files import DEPARTMENTS, Department, synthetic
from bench.import_hmrc import import_department, make_organisations
from bench.report import Measure, percentiles
from profiles.imports.organograms.mappings import mapping_of
from profiles.imports.organograms.reading import read_organogram

SMALL = Department("HMRC", "small.csv", 20, 400)


@pytest.mark.parametrize("department", DEPARTMENTS, ids=lambda department: department.code)
def test_a_made_up_file_is_as_large_as_the_published_one(department: Department) -> None:
    organogram = read_organogram(synthetic(department).encode())
    assert (len(organogram.groups), organogram.people) == (department.rows, department.people)
    assert set(organogram.labels) <= set(mapping_of(department.code))


@pytest.mark.parametrize(
    ("measure", "met"),
    [
        (Measure("job", "time", 59.9, "s", at_most=60), True),
        (Measure("job", "time", 60.1, "s", at_most=60), False),
        (Measure("job", "rate", 9, "flows/s", at_least=10), False),
        (Measure("job", "rate", 9, "flows/s"), True),
    ],
)
def test_a_limit_is_met_or_missed(measure: Measure, met: bool) -> None:
    assert measure.met is met


def test_percentiles_are_milliseconds_and_the_limit_is_on_the_95th() -> None:
    found = percentiles("job", [number / 1000 for number in range(1, 101)], p95_at_most=5)
    assert [(one.what, one.value, one.met) for one in found] == [
        ("p50", 51.0, True),
        ("p95", 96.0, False),
        ("p99", 100.0, True),
    ]


def test_results_name_the_machine_and_the_moment(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    measures = [Measure("job", "time", 1, "s", at_most=2)]
    counterpart = {"node": "v24"}
    report.write(file, measures, [], [], ["a note"], full=False, seconds=3, counterpart=counterpart)
    results = json.loads(file.read_text())
    assert results["measures"] == [
        {"job": "job", "what": "time", "value": 1, "unit": "s", "at_most": 2, "met": True}
    ]
    assert results["machine"]["python"]
    assert results["machine"]["node"] == "v24"
    assert datetime.fromisoformat(results["date"]).tzinfo is not None


def test_a_small_department_is_imported_decided_on_and_signed_in(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lanyard.db'}"
    engine = create_engine(url)
    make_ready(server.settings(url), engine, datetime.now(UTC))
    make_organisations(url)
    ours = bytearray(300 * 1024 * 1024)  # which are not the import's
    imported = import_department(url, SMALL, tmp_path)
    assert imported.people == 400
    assert 20 < imported.megabytes < len(ours) / 1024 / 1024
    decided = decisions.measure(engine, "SQLite", decisions=200)
    assert {measure.what for measure in decided} == {"p50", "p95", "p99", "processor time p95"}
    rate = code_flow.measure(engine, url, tmp_path, seconds=1)[0]
    assert rate.value > 0
    engine.dispose()


def test_people_in_the_open_format_are_imported_while_somebody_else_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lanyard.db'}"
    measures = measure_record_import(url, tmp_path, people=20)
    found = {measure.what: measure for measure in measures}
    assert found["rate"].value > 0
    assert found["processor time"].value > 0
    assert found["somebody else's slowest write"].value > 0
    assert {what for what, measure in found.items() if measure.limit} == {"time", "memory"}


def test_more_than_one_file_holds_go_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_records, "PEOPLE", 20)
    measures = measure_record_import(f"sqlite:///{tmp_path / 'lanyard.db'}", tmp_path, people=50)
    assert [one.job for one in measures if one.what == "rate"] == [
        "import of 20 people in the open format, SQLite",
        "import of 20 people in the open format, SQLite, beside 20",
        "import of 10 people in the open format, SQLite, beside 40",
    ]


def test_what_the_disk_takes_is_measured_and_leaves_nothing_behind(tmp_path: Path) -> None:
    assert report.disk_milliseconds(tmp_path, times=3) > 0
    assert list(tmp_path.iterdir()) == []


def test_a_bulk_move_is_measured_with_sign_ins_before_and_meanwhile(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bulk.db'}"
    engine = create_engine(url)
    make_ready(server.settings(url), engine, datetime.now(UTC))
    engine.dispose()
    measures = {
        one.what: one for one in bulk_move.measure(url, tmp_path, "SQLite", people=20, alone_seconds=0.5)
    }
    assert measures["rate"].job == "bulk move of 20 people, SQLite"
    assert measures["sign-in meanwhile p95"].value > 0
    assert (measures["time"].at_most, measures["memory"].at_most) == (120, 500)

"""The README's table of the comparison is made of the measured figures."""

import pytest

from bench import readme
from bench.comparison.figures import Compared

OURS = {"rate": 240.4, "p50": 3.21, "p95": 9.876, "p99": 1234.5, "processor": 3.456, "database": 1.23}
THEIRS = {"rate": 200.4, "p50": 4.0, "p95": 10.0, "p99": 20.0, "processor": 4.0, "database": 0.5}


def test_a_job_is_one_line() -> None:
    line = readme.table({"comparison": [Compared("flow", "PostgreSQL", OURS, THEIRS).as_json()]})
    figures = "240/s | 200/s | **1.20** | 3.2, 9.9, 1,234 | 4, 10, 20 | 3.5 + 1.2 | 4 + 0.5"
    assert line.splitlines()[-1] == f"| flow, PostgreSQL | {figures} |"


def test_only_what_is_between_the_marks_is_replaced() -> None:
    text = f"before\n{readme.BEGIN}old\n{readme.END}after\n"
    assert readme.inserted(text, "new\n") == f"before\n{readme.BEGIN}new\n{readme.END}after\n"


def test_the_readme_has_the_marks() -> None:
    assert "new" in readme.inserted(readme.README.read_text(encoding="utf-8"), "new\n")


def test_without_marks_nothing_is_written() -> None:
    with pytest.raises(ValueError, match="no marks"):
        readme.inserted("before\n", "new\n")


def test_growth_has_a_column_for_each_number_of_people() -> None:
    measures = [
        growth_measure("profile as of a date", 10_000, "p95", 4.25, 20),
        growth_measure("profile as of a date", 1_000_000, "p95", 6.5, 20),
        growth_measure("who may use an app today", 10_000, "slowest", 0.312, 2),
        growth_measure("who may use an app today", 1_000_000, "slowest", 1.04, 2),
        growth_measure("access decision", 177_172, "p95", 0.6, 5),
    ]
    lines = readme.growth({"measures": measures}).splitlines()
    assert lines[0] == "|  | 10,000 people | 1,000,000 people | limit |"
    assert "| profile as of a date, SQLite: p95 ms | 4.2 | 6.5 | 20 |" in lines
    assert "| who may use an app today, SQLite: slowest of five, s | 0.31 | 1 | 2 |" in lines


def test_what_was_not_measured_stays() -> None:
    text = f"{readme.BEGIN}a\n{readme.END}{readme.SIGN_INS_BEGIN}b\n{readme.SIGN_INS_END}"
    text += f"{readme.GROWTH_BEGIN}c\n{readme.GROWTH_END}"
    assert readme.written(text, {"comparison": [], "sign_ins": [], "measures": []}) == text
    assert readme.written(text, {}) == text


def growth_measure(job: str, people: int, what: str, value: float, at_most: float) -> dict[str, object]:
    return {"job": f"{job}, SQLite, {people:,} people", "what": what, "value": value, "at_most": at_most}

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

"""Rules of the house that a machine can check in the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "identity", "profiles")
SOURCE_FOLDERS = (*PACKAGES, "tests", "examples", "bench", "scripts", "templates")
DUMPING_GROUNDS = {"util", "utils", "utilities", "helper", "helpers", "common", "misc", "stuff", "lib"}
MAY_END_TRANSACTIONS = (
    "app/request_transaction.py",
    "app/database.py",
    "app/light_session.py",
    "app/idle_connections.py",
    "app/worker.py",
    "app/error_pages.py",
    "app/commands/",
    "app/migrations/",
)


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_imports_keep_to_the_contracts() -> None:
    linter = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert linter.returncode == 0, linter.stdout + linter.stderr


def test_no_file_is_longer_than_400_lines() -> None:
    hand_written = [path for path in python_files(*PACKAGES) if "migrations/versions" not in relative(path)]
    assert [relative(path) for path in hand_written if lines(path) > 400] == []


def test_fixtures_stay_near_their_tests() -> None:
    shared = sorted((ROOT / "tests").rglob("conftest.py"))
    assert [relative(path) for path in shared if lines(path) >= 150] == []


def test_no_module_is_a_dumping_ground() -> None:
    paths = [path for folder in SOURCE_FOLDERS for path in (ROOT / folder).rglob("*")]
    assert [relative(path) for path in paths if path.stem.lower() in DUMPING_GROUNDS] == []


def test_only_the_edge_ends_transactions() -> None:
    offenders = [
        f"{relative(path)}:{call.lineno}"
        for path in python_files(*PACKAGES)
        if not relative(path).startswith(MAY_END_TRANSACTIONS)
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"commit", "rollback"}
    ]
    assert offenders == []

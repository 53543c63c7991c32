"""What a process that has started Lanyard finds."""

import subprocess
import sys


def test_the_garbage_collector_works_again_once_all_is_imported() -> None:
    assert _told("import gc, app; print(gc.isenabled())") == "True"


def test_what_was_imported_is_looked_at_by_the_garbage_collector_no_more() -> None:
    assert int(_told("import gc, app; print(gc.get_freeze_count())")) > 100_000


def _told(program: str) -> str:
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return found.stdout.strip()

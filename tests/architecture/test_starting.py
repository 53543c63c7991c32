"""What a process that has started Lanyard finds."""

import subprocess
import sys


def test_the_garbage_collector_works_again_once_all_is_imported() -> None:
    told = "import gc, app; print(gc.isenabled())"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout == "True\n"

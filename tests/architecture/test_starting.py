"""What a process that has started Lanyard finds."""

import subprocess
import sys


def test_the_garbage_collector_is_as_it_was_before() -> None:
    for switch in ("enable", "disable"):
        told = f"import gc; gc.{switch}(); import app; print(gc.isenabled())"
        found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
        assert found.stdout.strip() == str(switch == "enable")

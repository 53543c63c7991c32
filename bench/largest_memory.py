"""Runs a program and writes down its largest memory: ``python -m bench.largest_memory FILE PROGRAM …``.

Until a process has its own program, what the one that started it has counts as its own (Linux): started by
one that has measured for minutes, every program seems to take as much. This one stays small.
"""

import resource
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Exit as the program does, once the file holds its kilobytes (on macOS its bytes)."""
    file, *command = sys.argv[1:]
    status = subprocess.call(command)
    Path(file).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())

"""Runs a program and writes down what it took: ``python -m bench.consumption FILE PROGRAM ARGUMENT …``.

Until a process has its own program, what the one that started it has counts as its own (Linux): started by
one that has measured for minutes, every program seems to take as much memory. This one stays small.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Exit as the program does, once the file holds its largest memory and its processor time."""
    file, *command = sys.argv[1:]
    status = subprocess.call(command)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    megabytes = used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    taken = {"megabytes": megabytes, "processor_seconds": used.ru_utime + used.ru_stime}
    Path(file).write_text(json.dumps(taken), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())

"""``python -m bench.bulk_move_worker MOMENT``: the worker's part in bulk moves alone, by a clock of ours.

The database is the one of the settings; the clock goes on from the moment, which is in ISO 8601.
"""

import sys
import time
from datetime import datetime, timedelta

from app import identity_context
from app.bulk_move_worker import BulkMoving
from app.commands.context import engine, settings


def main() -> None:
    """Do all that is due, and print how many seconds it took: a worker has begun long before."""
    began, started = datetime.fromisoformat(sys.argv[1]), time.monotonic()
    platform = identity_context(settings()).settings.platform

    def clock() -> datetime:
        return began + timedelta(seconds=time.monotonic() - started)

    working = time.perf_counter()
    BulkMoving(engine(), clock, platform).everything()
    print(time.perf_counter() - working)


if __name__ == "__main__":
    main()

"""How long the dashboard's figures take over a year of 30,000 moves, among two such years.

Beside the moves are loans, bulk moves and people who come back.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import Engine

from app.database import create_engine, open_session
from app.demo.organisations import organisation_ids
from bench import import_hmrc
from bench.moves import A_YEAR, make_moves
from bench.other_moves import make_other_moves
from bench.population import LARGE
from bench.report import Measure
from profiles.figures.scope import Period
from profiles.figures.service import Reader, figures_of
from profiles.temporal import civil_date

LIMIT_SECONDS = 3
"""The goal is 1."""
YEARS = 2
_REPETITIONS = 5


def measure(url: str, kind: str, say: Callable[[str], None], *, a_year: int = A_YEAR) -> list[Measure]:
    """Make the moves in a migrated, empty database, and ask for the last year as the centre and as HR."""
    import_hmrc.make_organisations(url)
    engine, now = create_engine(url), datetime.now(UTC)
    say(f"Making {a_year * YEARS:,} moves in {kind} ...")
    make_moves(engine, now, years=YEARS, a_year=a_year)
    make_other_moves(engine, now, years=YEARS)
    with open_session(engine, writes=False) as session:
        large = organisation_ids(session)[LARGE]
    say("Asking for the figures of a year ...")
    measures = _ask(engine, now, Reader(None, exact=False), f"all organisations, {kind}", a_year)
    measures += _ask(engine, now, Reader(frozenset({large}), exact=True), f"one organisation, {kind}", 1)
    engine.dispose()
    return measures


def _ask(engine: Engine, now: datetime, reader: Reader, whose: str, least: int) -> list[Measure]:
    """Several times; the slowest counts."""
    year = Period(civil_date(now) - timedelta(days=364), civil_date(now))
    seconds, joined = [], 0
    for _ in range(_REPETITIONS):
        started = time.perf_counter()
        with open_session(engine, writes=False) as session:
            found = figures_of(session, reader, year, now)
        seconds.append(time.perf_counter() - started)
        joined = found.joined.value
    if joined < 0.8 * least:
        raise RuntimeError(f"{joined} people joined: that measures nothing")
    job = f"figures of a year, {whose}"
    return [
        Measure(job, "p50", round(median(seconds), 3), "s"),
        Measure(job, "slowest", round(max(seconds), 3), "s", at_most=LIMIT_SECONDS),
        Measure(job, "joined", joined, "people"),
    ]

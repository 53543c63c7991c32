"""How long it takes to read a whole profile as of a date."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine

from app.database import open_session
from bench.invented_facts import BEGAN
from bench.report import Measure, percentiles
from profiles.portable_profile.reading import profile_as_of
from profiles.temporal import start_of_day

LIMIT_MILLISECONDS = 20


def measure(engine: Engine, kind: str, people: Sequence[UUID], *, readings: int) -> list[Measure]:
    """Read the profiles of these people, as the population has them, on random dates."""
    chance = random.Random(1)
    now = datetime.now(UTC)
    seconds: list[float] = []
    processor: list[float] = []
    for turn in range(readings + 100):
        person_id = chance.choice(people)
        valid_at = start_of_day(BEGAN[0]) + timedelta(days=chance.randrange(3000))
        started, worked = time.perf_counter(), time.thread_time()
        with open_session(engine, writes=False) as session:
            profile = profile_as_of(session, person_id, valid_at, now)
        if turn >= 100:
            seconds.append(time.perf_counter() - started)
            processor.append(time.thread_time() - worked)
        if any(len(facts) != 1 for facts in profile.facts.values()):
            raise RuntimeError("a profile lacks a fact: that measures nothing")
    job = f"profile as of a date, {kind}"
    busy = percentiles(job, processor, of="processor time ")
    return [*percentiles(job, seconds, p95_at_most=LIMIT_MILLISECONDS), busy[1]]

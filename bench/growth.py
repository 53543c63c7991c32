"""How what must be quick grows with the number of people on record."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

from sqlalchemy import Engine

from app.database import create_engine, open_session, transaction
from app.demo.organisations import organisation_ids
from bench import decisions, import_hmrc, profiles
from bench.decisions import APPS_OF_A_DEPARTMENT, make_apps, make_open_app
from bench.invented_facts import person_id
from bench.population import AGENCIES, GRANTED_EVERY, LARGE, PEOPLE_OF_THE_LARGE, make_population
from bench.report import Measure
from profiles.entitlements.who_may_use import who_may_use

QUICK = (10_000, 50_000)
FULL = {"SQLite": (*QUICK, 200_000), "PostgreSQL": (*QUICK, 200_000, 1_000_000)}
"""Numbers of people; a million need about thirty gigabytes of disk and half an hour."""
LIMIT_SECONDS = 2
READ = 1_000
"""People whose profiles are read and who are decided on."""
_REPETITIONS = 5
_OPEN_APP = "Open to everybody"


def measure(url: str, kind: str, people: int, say: Callable[[str], None]) -> list[Measure]:
    """Make so many people in an empty database, and ask about some of them, drawn from all."""
    say(f"Making {people:,} people with three facts of each kind in {kind} ...")
    engine = create_engine(url)
    app_id = prepare(engine, url, people)
    some = random.Random(1).sample(range(people), min(people, READ))
    ids = [person_id(number) for number in some]
    job = f"{kind}, {people:,} people"
    say(f"Reading, deciding and asking who may use an app, among {people:,} people ...")
    measures = profiles.measure(engine, job, ids, readings=READ)
    measures += decisions.decide(engine, job, ids, decisions=READ)
    measures += ask_who(engine, job, app_id, people)
    engine.dispose()
    return measures


def prepare(
    engine: Engine,
    url: str,
    people: int,
    *,
    at_the_large: int = PEOPLE_OF_THE_LARGE,
    agencies: int = AGENCIES,
) -> UUID:
    """Make organisations, apps and people; return the id of the app for everybody of the large department."""
    import_hmrc.make_organisations(url)
    make_apps(engine)
    with transaction(engine) as session:
        app_id = make_open_app(session, datetime.now(UTC), organisation_ids(session)[LARGE], _OPEN_APP)
    others = [f"{LARGE} app {number}" for number in range(APPS_OF_A_DEPARTMENT)]
    make_population(engine, people, _OPEN_APP, others, at_the_large=at_the_large, agencies=agencies)
    return app_id


def ask_who(engine: Engine, kind: str, app_id: UUID, people: int) -> list[Measure]:
    """Find everybody who may use the app today, several times; the slowest time counts."""
    least = min(people, PEOPLE_OF_THE_LARGE)
    seconds = []
    for _ in range(_REPETITIONS):
        now, started = datetime.now(UTC), time.perf_counter()
        with open_session(engine, writes=False) as session:
            found = who_may_use(session, app_id, now, now)
        seconds.append(time.perf_counter() - started)
        if not least <= len(found) <= least + people // GRANTED_EVERY + 1:
            raise RuntimeError(f"{len(found)} people may use the app: that measures nothing")
    job = f"who may use an app today, {kind}"
    return [
        Measure(job, "p50", round(median(seconds), 3), "s"),
        Measure(job, "slowest", round(max(seconds), 3), "s", at_most=LIMIT_SECONDS),
        Measure(job, "found", len(found), "people"),
    ]

"""Runs a simulated year and tells what it came to, beside the goals of the design."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from rich.console import Console

from app import identity_context
from app.commands.migrate import make_ready
from app.config import Settings
from app.database import create_engine
from app.unhurried import without_rests
from app.worker import Worker
from bench import server
from bench.report import Measure
from bench.year.clock import Story, Year, working
from bench.year.departments import Department, Somebody, make_country
from bench.year.moving import USUAL, Desk, Way, transfer
from bench.year.others import Lent, bulk_move, career_break, leave_and_return, loan
from bench.year.outside import Outside
from bench.year.promises import Outcome, Watch

Tell = Callable[[Desk, Somebody, Department, Department], Story]
BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS, TAIL = 365, 190
"""Moves begin within so many days, and what began last comes to its end in the days after."""
A_DAY, LEAST_DAYS = 82, 30
"""Fewer than 30,000 moves begin as close together as these, so that each run of the worker serves many."""
TOGETHER = 20
"""One in so many goes along in a bulk move."""
RIGHT_AT_LEAST, WRONG_PAY_AT_MOST = 99.5, 0.5
NAMED = 10


def settings_of(url: str) -> Settings:
    """The bench's settings on the loopback, where mail goes nowhere."""
    values = server.environment(url) | {
        "LANYARD_ENVIRONMENT": "development",
        "LANYARD_ISSUER": "http://localhost",
        "LANYARD_TRUSTED_PROXIES": "0",
    }
    return Settings.model_validate(
        {name.removeprefix("LANYARD_").lower(): value for name, value in values.items()}
    )


def measure(url: str, kind: str, *, moves: int, seed: int = 1) -> list[Measure]:
    """Let a year with so many moves pass. Raises what refuses a step, RuntimeError where the worker fails."""
    outcome = simulate(url, moves=moves, seed=seed, days=days_of(moves))
    right = 100 * (1 - len(outcome.wrong_mornings) / max(1, outcome.mornings))
    wrong = 100 * len(outcome.wrong_pays) / max(1, outcome.first_pays)
    job = f"a simulated year of {moves:,} moves, {kind}"
    for said in (outcome.wrong_mornings, outcome.open_after_leave, outcome.wrong_pays, outcome.typed_again):
        for one in said[:NAMED]:
            say(f"  {one}")
    return [
        Measure(job, "right access on the first morning", round(right, 3), "%", at_least=RIGHT_AT_LEAST),
        Measure(job, "first mornings", outcome.mornings, "people"),
        Measure(job, "of them by the real endpoints", outcome.outside, "people"),
        Measure(job, "old access after leaving", len(outcome.open_after_leave), "people", at_most=0),
        Measure(job, "asked one minute after the instant", outcome.leaves, "people"),
        Measure(job, "wrong first pays", round(wrong, 3), "%", at_most=WRONG_PAY_AT_MOST),
        Measure(job, "first pays", outcome.first_pays, "people"),
        Measure(job, "fields typed again", len(outcome.typed_again), "fields", at_most=0),
        Measure(job, "fields typed", outcome.typed, "fields"),
    ]


def days_of(moves: int) -> int:
    """Within how many days so many moves begin."""
    return min(DAYS, max(LEAST_DAYS, moves // A_DAY))


def simulate(
    url: str, *, moves: int, seed: int = 1, days: int = DAYS, tail: int = TAIL, seldom: float = 1
) -> Outcome:
    """What is seen in a year that begins on a Monday in March.

    One of fewer ``days`` and ``tail``, with a worker that runs so many times as ``seldom``, is for tests.
    """
    engine, settings = create_engine(url), settings_of(url)
    make_ready(settings, engine, BEGINS)
    year = Year(engine, BEGINS, random.Random(seed))
    with year.writing() as session:
        country = make_country(session, year.now, year.draw, people=moves + 12)
    outside, outcome = Outside(year, settings, country.clients), Outcome()
    desk = Desk(year, Watch(year, outside, outcome), country, identity_context(settings).settings.platform)
    alone = without_rests(engine)
    runs = working(year, lambda: Worker(settings, alone, lambda: year.now).once(), times=seldom)
    year.begin(runs, is_endless=True)
    for each in beginnings(desk, moves, days):
        year.begin(each)
    year.run(BEGINS + timedelta(days=days + tail))
    outside.close()
    engine.dispose()
    return outcome


def beginnings(desk: Desk, moves: int, days: int) -> Iterator[Story]:
    """As many stories, each of which begins on a day of the year."""
    draw = desk.year.draw
    weights = list(_stories())
    together = max(2, moves // TOGETHER)
    yield _together(desk, together, days // 3)
    for _ in range(moves - together):
        at = desk.year.at_work((BEGINS + timedelta(days=draw.randrange(days))).date())
        tell = draw.choices([one for one, _ in weights], [weight for _, weight in weights])[0]
        yield _from(desk, at, tell)


def _from(desk: Desk, at: datetime, tell: Tell) -> Story:
    yield at
    departments = [one for one in desk.country.departments if one.idle]
    old = desk.year.draw.choice(departments)
    new = desk.year.draw.choice([one for one in desk.country.departments if one is not old])
    who = desk.pick(old)
    if who is not None:
        yield from tell(desk, who, old, new)


def _stories() -> Iterator[tuple[Tell, float]]:
    for way in Way:
        yield partial(_transfer, way), USUAL.get(way, 3)
    for how in Lent:
        yield partial(_loan, how), 3
    yield leave_and_return, 4
    yield career_break, 4


def _transfer(way: Way, desk: Desk, who: Somebody, old: Department, new: Department) -> Story:
    return transfer(desk, who, old, new, way)


def _loan(how: Lent, desk: Desk, who: Somebody, old: Department, new: Department) -> Story:
    return loan(desk, who, old, new, how)


def _together(desk: Desk, people: int, day: int) -> Story:
    """In the middle of the year many move at once, whoever is in no other move then."""
    yield desk.year.at_work((BEGINS + timedelta(days=day)).date())
    old = max(desk.country.departments, key=lambda one: len(one.idle))
    new = min(desk.country.departments, key=lambda one: len(one.idle))
    going = [one for one in (desk.pick(old) for _ in range(people)) if one is not None]
    yield from bulk_move(desk, going, old, new)


def say(what: str) -> None:
    """Tell whoever waits what went wrong."""
    Console(stderr=True, highlight=False).print(what)

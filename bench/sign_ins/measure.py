"""Measures every way of signing in on one core, the morning's burst on two, and a storm of passwords."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from bench import load, postgresql
from bench.comparison.databases import Copies, postgresql_copies, sqlite_copies
from bench.http_connection import HttpConnection
from bench.load import Turn
from bench.processor_time import seconds_of
from bench.relying_party import check
from bench.server import ISSUER, Server, on_other_cores, running_server
from bench.sign_ins import arrivals, figures, storm, upstream
from bench.sign_ins.arrivals import Morning
from bench.sign_ins.browser import NEXT, PAGE, SESSION, Browser, Walk, by_department, by_passkey, by_password
from bench.sign_ins.figures import GOAL, SignIns
from bench.sign_ins.people import SomebodyThere, prepare
from bench.sign_ins.upstream import Department

WALKS: Mapping[str, Walk] = {"passkey": by_passkey, "department": by_department, "password": by_password}
PEOPLE = 256
FEW = 16
"""Of them sign in by password, which takes long even once."""
CALLERS = 4
PASSWORD_CALLERS = 2
"""With more, somebody waits for a turn to hash, and is turned away where that takes long."""
AT_ONCE = 48
STORMING = 8
OTHERS_A_SECOND = 10
PROCESSES = 2
Say = Callable[[str], None]


@dataclass(frozen=True)
class Lengths:
    """Seconds of each part."""

    alone: float
    burst: float
    storm: float


QUICK = Lengths(alone=5, burst=10, storm=5)
FULL = Lengths(alone=20, burst=60, storm=20)


@dataclass(frozen=True)
class Place:
    """A database with its people, and where their department answers."""

    database: str
    copies: Copies
    database_process: int | None
    department: Department
    people: Sequence[SomebodyThere]
    folder: Path


def measure_on_sqlite(folder: Path, lengths: Lengths, say: Say) -> list[SignIns]:
    """On a file."""
    department, file = upstream.make_department(folder), folder / "sign-ins.db"
    people = prepare(f"sqlite:///{file}", folder, department.issuer, PEOPLE)
    return measure(Place("SQLite", sqlite_copies(file), None, department, people, folder), lengths, say)


def measure_on_postgresql(folder: Path, lengths: Lengths, say: Say) -> list[SignIns]:
    """On a server whose every commit is on the disk."""
    department = upstream.make_department(folder)
    with postgresql.running(), postgresql.blank_database("postgresql") as url:
        people = prepare(url, folder, department.issuer, PEOPLE)
        process = postgresql.server_process(url)
        place = Place("PostgreSQL", postgresql_copies(url), process, department, people, folder)
        return measure(place, lengths, say)


def measure(place: Place, lengths: Lengths, say: Say) -> list[SignIns]:
    """Everything, each on a fresh copy of the database. Raises RuntimeError when an answer is wrong."""
    say(f"Signing in on {place.database} ...")
    found = _alone(place, lengths.alone)
    say(f"Signing in in a burst on {place.database} ...")
    for name in ("passkey", "department"):
        found.append(_burst(place, name, lengths.burst))
    say(f"Storming passwords on {place.database} ...")
    return found + _storm(place, lengths.storm)


def check_sessions(browsers: Sequence[Browser], port: int, most: int = 50) -> None:
    """That the sessions which began work, each by itself. Raises BadAnswer."""
    begun = [browser.session_cookie for browser in browsers if browser.session_cookie]
    check(len(set(begun)) == len(begun) > 0, "two people share a session, or nobody has one")
    with HttpConnection(port, ISSUER) as connection:
        for cookie in random.Random(3).sample(begun, min(most, len(begun))):
            answer = connection.ask("GET", PAGE, {"Cookie": f"{SESSION}={cookie}"})
            check(answer.headers.get("location") == NEXT, "a session does not work")


def _alone(place: Place, seconds: float) -> list[SignIns]:
    """One process on one core, four callers on the other; a new server for each way."""
    found = []
    for name, walk in WALKS.items():
        few = walk is by_password
        people, callers = (place.people[:FEW], PASSWORD_CALLERS) if few else (place.people, CALLERS)
        with on_other_cores(), serving(place) as (server, asked):
            browsers = known_browsers(people, walk, server.port, callers)
            burst = load.run(
                [
                    _one_after_another(walk, browsers[number::callers], number, server.port)
                    for number in range(callers)
                ],
                server.process,
                seconds=seconds,
                database_process=place.database_process,
                upstream_process=asked if walk is by_department else None,
            )
            check_sessions(browsers, server.port)
        found.append(figures.of_burst(f"{name}, one core", place.database, burst))
    return found


def _burst(place: Place, name: str, seconds: float) -> SignIns:
    """Two processes on two cores, which the driver, the department and the database share."""
    walk = WALKS[name]
    with serving(place, PROCESSES) as (server, asked):
        browsers = known_browsers(place.people, walk, server.port)
        processes = {"processor": server.process, "upstream": asked}
        if place.database_process is not None:
            processes["postgresql"] = place.database_process
        before, driver = {one: seconds_of(process) for one, process in processes.items()}, time.process_time()
        morning = arrivals.run(walk, browsers, server.port, rate=GOAL, seconds=seconds, at_once=AT_ONCE)
        used = {one: (seconds_of(process) - before[one]) / seconds for one, process in processes.items()}
        used["driver"] = (time.process_time() - driver) / seconds
        check_sessions(browsers, server.port)
    job = f"{name}, {GOAL} a second, two cores"
    return SignIns(job, place.database, figures.of_morning(morning, used), goal=GOAL)


def _storm(place: Place, seconds: float) -> list[SignIns]:
    """One process on one core: sign-ins by passkey, without a storm of passwords and in one."""
    with on_other_cores(), serving(place) as (server, _):
        others = known_browsers(place.people[-FEW:], by_passkey, server.port)
        calm = _others(others, server.port, seconds)
        stormers = [Browser(person) for person in place.people[:STORMING]]
        with storm.raging(server.port, stormers) as answers:
            stormy = _others(others, server.port, seconds)
    job = f"passkey, {OTHERS_A_SECOND} a second, one core"
    tried = {
        "passwords_looked_at": round((answers[303] + answers[422]) / seconds, 1),
        "passwords_turned_away": round(answers[503] / seconds, 1),
        "passwords_failed": sum(answers.values()) - answers[303] - answers[422] - answers[503],
    }
    return [
        SignIns(job, place.database, figures.of_morning(calm)),
        SignIns(f"{job}, in a storm of passwords", place.database, figures.of_morning(stormy) | tried),
    ]


def _others(browsers: Sequence[Browser], port: int, seconds: float) -> Morning:
    return arrivals.run(by_passkey, browsers, port, rate=OTHERS_A_SECOND, seconds=seconds, at_once=CALLERS)


@contextmanager
def serving(place: Place, processes: int = 1) -> Iterator[tuple[Server, int]]:
    """Lanyard on a fresh copy of the database, and the process of the department's provider."""
    department = place.department
    variables = {"BENCH_CERTIFICATE": str(department.certificate)}
    with (
        upstream.running(department, place.folder) as asked,
        place.copies() as url,
        running_server(
            url,
            place.folder,
            application="bench.sign_ins.wsgi:application",
            processes=processes,
            variables=variables,
        ) as server,
    ):
        yield server, asked


def known_browsers(
    people: Sequence[SomebodyThere], walk: Walk, port: int, callers: int = CALLERS
) -> list[Browser]:
    """A browser for each, in which they have signed in once; the server is warm then, too."""
    browsers = [Browser(person) for person in people]
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(lambda number: _sign_in_all(walk, browsers[number::callers], port), range(callers)))
    return browsers


def _sign_in_all(walk: Walk, browsers: Sequence[Browser], port: int) -> None:
    with HttpConnection(port, ISSUER) as connection:
        for browser in browsers:
            walk(browser, connection)


def _one_after_another(walk: Walk, browsers: Sequence[Browser], number: int, port: int) -> Turn:
    """Each caller has its own people, connection and network."""
    mine, connection = cycle(browsers), HttpConnection(port, ISSUER, f"192.0.2.{number + 1}")
    return lambda: walk(next(mine), connection)

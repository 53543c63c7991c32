"""The measured sign-ins are whole ones; who arrives by the clock counts as what became of them."""

from pathlib import Path

import pytest

from bench import readme
from bench.comparison.databases import sqlite_copies
from bench.http_connection import BadAnswer, HttpConnection
from bench.server import ISSUER
from bench.sign_ins import arrivals, figures, storm, upstream
from bench.sign_ins.arrivals import Morning
from bench.sign_ins.authenticator import Authenticator
from bench.sign_ins.browser import Browser, by_passkey
from bench.sign_ins.figures import SignIns
from bench.sign_ins.measure import WALKS, Place, check_sessions, known_browsers, serving
from bench.sign_ins.people import SomebodyThere, prepare

NOBODY = SomebodyThere("nobody@hmrc.gov.uk", Authenticator(b"nobody"), "nobody")


def test_people_sign_in_in_every_way_and_nobody_else_does(tmp_path: Path) -> None:
    department, file = upstream.make_department(tmp_path), tmp_path / "lanyard.db"
    people = prepare(f"sqlite:///{file}", tmp_path, department.issuer, 3)
    place = Place("SQLite", sqlite_copies(file), None, department, people, tmp_path)
    with serving(place) as (server, _):
        for walk in WALKS.values():
            browsers = known_browsers(people, walk, server.port)
            check_sessions(browsers, server.port)
            with (
                HttpConnection(server.port, ISSUER) as connection,
                pytest.raises(BadAnswer, match="nobody was"),
            ):
                walk(Browser(NOBODY), connection)
        with storm.raging(server.port, [Browser(people[0]), Browser(people[1])]) as answers:
            morning = arrivals.run(by_passkey, browsers[2:], server.port, rate=1, seconds=5, at_once=1)
    assert morning.errors == 0 < len(morning.latencies)
    assert {303, 422} <= answers.keys() <= {303, 422, 503}


def _browsers() -> list[Browser]:
    return [Browser(NOBODY), Browser(NOBODY)]


def test_a_sign_in_that_fails_is_an_error_and_the_others_go_on() -> None:
    turns = iter([BadAnswer("no session"), None, OSError("reset"), None])

    def walk(_browser: Browser, _connection: HttpConnection) -> None:
        fault = next(turns)
        if fault:
            raise fault

    morning = arrivals.run(walk, _browsers(), 1, rate=40, seconds=0.1, at_once=1)
    assert (morning.arrivals, morning.errors, len(morning.latencies)) == (4, 2, 2)
    assert morning.first_error == "BadAnswer: no session"


def test_who_still_waits_at_the_end_was_not_served() -> None:
    figures_of = figures.of_morning(Morning(10, 2.0, [0.1, 0.2], errors=3))
    assert (figures_of["asked"], figures_of["rate"], figures_of["errors"]) == (5, 1, 3)
    assert figures_of["not_served"] == 5


def test_a_wait_for_those_before_counts() -> None:
    """Of two who arrive at once, the second waits for the first."""
    morning = arrivals.run(lambda *_: _work(), _browsers(), 1, rate=1000, seconds=0.2, at_once=1)
    assert morning.latencies[-1] > 2 * morning.latencies[0]


def _work() -> None:
    sum(range(200_000))


def test_the_readme_has_a_line_for_each_way() -> None:
    alone = SignIns(
        "passkey, one core",
        "SQLite",
        {"rate": 90.2, "p50": 3.0, "p95": 4, "p99": 5, "processor": 9, "driver": 1.5},
    )
    burst = SignIns(
        "passkey, two cores",
        "SQLite",
        {"asked": 200, "rate": 150, "errors": 0, "p50": 9, "p95": 9, "p99": 9},
        200,
    )
    table = readme.sign_ins({"sign_ins": [alone.as_json(), burst.as_json()]})
    assert table.splitlines()[2:] == [
        "| passkey, one core, SQLite | 90 | 3, 4, 5 | 9 | 1.5 |  |",
        "| passkey, two cores, SQLite | **150 of 200**, 0 errors | 9, 9, 9 |  |  |  |",
    ]
    marks = (readme.SIGN_INS_BEGIN, readme.SIGN_INS_END)
    assert table in readme.inserted(readme.README.read_text(encoding="utf-8"), table, *marks)

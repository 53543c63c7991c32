"""The simulated year: moves come about as they were agreed, and what would not is counted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app.commands.migrate import make_ready
from app.database import create_engine
from bench import readme
from bench.year.clock import Year
from bench.year.departments import Country, make_country
from bench.year.measure import BEGINS, days_of, settings_of, simulate
from bench.year.outside import Outside
from bench.year.promises import Outcome, Post, Watch, promise


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Watch, Country]]:
    url = f"sqlite:///{tmp_path / 'year.db'}"
    engine, settings = create_engine(url), settings_of(url)
    make_ready(settings, engine, BEGINS)
    year = Year(engine, BEGINS, random.Random(1))
    with year.writing() as session:
        country = make_country(session, year.now, year.draw, people=6)
    outside = Outside(year, settings, country.clients)
    year.now += timedelta(hours=1)
    yield Watch(year, outside, Outcome()), country
    outside.close()
    engine.dispose()


def test_moves_of_some_weeks_come_about_as_agreed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'year.db'}"
    seen = simulate(url, moves=3, days=2, tail=60, seldom=20, seed=3)
    assert seen.mornings > 0
    assert seen.outside > 0
    assert (seen.wrong_mornings, seen.open_after_leave, seen.wrong_pays, seen.typed_again) == ([], [], [], [])


@pytest.mark.parametrize(("moves", "days"), [(100, 30), (10_000, 121), (30_000, 365), (60_000, 365)])
def test_fewer_moves_begin_as_close_together_as_those_of_a_year(moves: int, days: int) -> None:
    assert days_of(moves) == days


def test_a_promise_is_what_is_decided_of_the_post_alone(watched: tuple[Watch, Country]) -> None:
    watch, country = watched
    here, there = country.departments[:2]
    person_id = here.idle[0].person_id
    with watch.year.reading() as session:
        post = Post(there.view.id, "Senior Officer", "Policy")
        promised = promise(session, watch.year.now, watch.year.now, person_id, [post])
    assert sorted(promised.values()) == [("caseworker",), ("manager", "caseworker")]
    assert not promised.keys() & watch.roles(person_id).keys()


def test_what_is_not_as_promised_is_counted(watched: tuple[Watch, Country]) -> None:
    watch, country = watched
    here = country.departments[0]
    person_id = here.idle[0].person_id
    held, seen = watch.roles(person_id), watch.outcome
    browser = watch.outside.browser_of(person_id)
    of_app = [one for app_id in held if (one := watch.outside.sign_in(browser, app_id))]
    assert [watch.outside.roles(one) for one in of_app] == list(held.values())

    watch.morning(person_id, held, "right")
    assert (seen.outside, seen.wrong_mornings) == (1, [])
    watch.morning(person_id, {}, "wrong")
    watch.after_leave(person_id, held, {}, of_app, "stayed")
    right = watch.first_pay(person_id, here.view.id, 1, "another salary")

    assert (len(seen.wrong_mornings), len(seen.open_after_leave), right) == (1, 1 + len(of_app), False)


def test_a_field_that_lanyard_held_is_counted_when_it_is_typed(watched: tuple[Watch, Country]) -> None:
    watch, country = watched
    person_id: UUID = country.departments[0].idle[0].person_id
    with watch.year.reading() as session:
        watch.typed(session, person_id, {"family_name": "Number0", "salary_pence": 1, "unit": ""}, "a form")
    assert (watch.outcome.typed, watch.outcome.typed_again) == (2, ["a form: family_name"])


def test_the_readme_tells_what_a_year_came_to() -> None:
    one = {"job": f"{readme.YEAR_JOB}9 moves, SQLite", "what": "wrong first pays", "value": 0, "unit": "%"}
    table = readme.year({"measures": [one | {"at_most": 0.5}, one | {"job": "another"}]})
    assert table.splitlines()[-1] == "| 9 moves, SQLite: wrong first pays | 0 % | at most 0.5 % |"
    assert readme.year({"measures": []}) == ""
    text = readme.README.read_text(encoding="utf-8")
    assert "new" in readme.inserted(text, "new\n", readme.YEAR_BEGIN, readme.YEAR_END)

"""Dates, times and money as people read them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from app.display_formats import civil_date, civil_datetime, last_day, money
from tests.app.page_app import page_app


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    with page_app().test_request_context():
        yield


def test_a_date_is_written_day_month_year() -> None:
    assert civil_date(date(2026, 4, 1)) == "1 April 2026"


def test_an_instant_has_the_date_of_london_in_summer_time() -> None:
    assert civil_date(datetime(2026, 3, 31, 23, 0, tzinfo=UTC)) == "1 April 2026"


def test_an_instant_has_the_date_of_london_in_winter() -> None:
    assert civil_date(datetime(2026, 1, 31, 23, 59, tzinfo=UTC)) == "31 January 2026"


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (datetime(2026, 4, 1, 8, 5, tzinfo=UTC), "1 April 2026 at 9:05am"),
        (datetime(2026, 4, 1, 23, 0, tzinfo=UTC), "2 April 2026 at 12:00am"),
        (datetime(2026, 1, 1, 12, 30, tzinfo=UTC), "1 January 2026 at 12:30pm"),
        (datetime(2026, 1, 1, 17, 9, tzinfo=UTC), "1 January 2026 at 5:09pm"),
    ],
)
def test_a_time_is_of_london_in_twelve_hours(instant: datetime, shown: str) -> None:
    assert civil_datetime(instant) == shown


def test_the_last_day_is_the_one_before_an_exclusive_end() -> None:
    assert last_day(datetime(2026, 3, 31, 23, 0, tzinfo=UTC)) == "31 March 2026"


def test_an_end_within_a_day_has_that_day_as_its_last() -> None:
    assert last_day(datetime(2026, 4, 1, 11, 0, tzinfo=UTC)) == "1 April 2026"


def test_the_last_day_before_an_exclusive_date() -> None:
    assert last_day(date(2026, 3, 1)) == "28 February 2026"


@pytest.mark.parametrize("show", [civil_date, civil_datetime, last_day])
def test_a_naive_datetime_is_refused(show: object) -> None:
    with pytest.raises(ValueError, match="naive"):
        show(datetime(2026, 4, 1, 9, 5))  # type: ignore[operator]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("pence", "shown"),
    [(3260200, "£32,602"), (3260250, "£32,602.50"), (5, "£0.05"), (0, "£0"), (-50000, "-£500")],
)
def test_money_shows_pence_only_when_there_are_some(pence: int, shown: str) -> None:
    assert money(pence) == shown

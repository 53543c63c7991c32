"""What SQLite's driver is given of a moment is what SQLAlchemy would give it, and reads back the same."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Dialect
from sqlalchemy.dialects import sqlite
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.driver_values import from_driver, to_driver

DIALECT: Dialect = sqlite.dialect()
MOMENT: Column[Any] = Column(UTCDateTime())
ZONES = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=st.just(UTC) | ZONES).filter(lambda moment: 1 < moment.year < 9999)


def to(moment: datetime | None) -> Any:
    convert = to_driver(MOMENT, DIALECT)
    assert convert is not None
    return convert(moment)


@given(MOMENTS)
def test_it_is_written_as_sqlalchemy_writes_it(moment: datetime) -> None:
    sqlalchemys: Any = UTCDateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    assert to(moment) == sqlalchemys(moment)


@given(MOMENTS)
def test_it_comes_back_in_utc(moment: datetime) -> None:
    convert = from_driver(MOMENT, DIALECT)
    assert convert is not None
    assert (convert(to(moment)), convert(to(moment)).tzinfo) == (moment, UTC)


def test_null_is_null() -> None:
    assert to(None) is None


def test_a_moment_without_its_time_zone_is_refused(now: datetime) -> None:
    with pytest.raises(ValueError, match="time zone"):
        to(now.replace(tzinfo=None))

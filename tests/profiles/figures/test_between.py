"""A civil day ends in London, whatever the season and the database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Date, literal, select
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.figures.between import after_day

MOMENT = timedelta(milliseconds=5)


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2026, 1, 15), datetime(2026, 1, 16, 0, tzinfo=UTC)),
        (date(2026, 7, 1), datetime(2026, 7, 1, 23, tzinfo=UTC)),
        (date(2026, 3, 28), datetime(2026, 3, 29, 0, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 23, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 24, 23, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 26, 0, tzinfo=UTC)),
        (date(2028, 2, 29), datetime(2028, 3, 1, 0, tzinfo=UTC)),
    ],
)
def test_after_the_end_of_a_day_in_london(session: Session, day: date, ends: datetime) -> None:
    for at, expected in ((ends - MOMENT, False), (ends, True)):
        found = session.execute(select(after_day(literal(day, Date), literal(at, UTCDateTime))))
        assert bool(found.scalar_one()) is expected

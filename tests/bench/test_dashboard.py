"""The moves on which the dashboard is measured could be moves: figures come out as they were drawn."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from app.database import open_session
from bench import import_hmrc
from bench.moves import make_moves
from profiles.figures.durations import Stage
from profiles.figures.scope import Period
from profiles.figures.service import Reader, figures_of


def test_it_asks_about_moves_that_were_completed(engine: Engine, database_url: str) -> None:
    import_hmrc.make_organisations(database_url)
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert make_moves(engine, now, years=1, a_year=200) == 200
    year = Period(date(2025, 3, 3), now.date())
    with open_session(engine, writes=False) as session:
        found = figures_of(session, Reader(None, exact=True), year, now)
    assert 150 < found.joined.value < 200
    median = found.durations[Stage.AGREEING].median_days
    assert median is not None
    assert 15 < median < 25
    assert sum(one.value for one in found.now.moves.values()) > 5

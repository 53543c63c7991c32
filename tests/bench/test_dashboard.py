"""The moves on which the dashboard is measured could be moves: figures come out as they were drawn."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from app.database import open_session
from bench import import_hmrc
from bench.moves import make_moves
from bench.other_moves import make_other_moves
from profiles.figures.bulk_durations import BulkStage
from profiles.figures.durations import Stage
from profiles.figures.loan_durations import LoanStage
from profiles.figures.savings import Way
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


def test_it_asks_about_loans_bulk_moves_and_returns_too(engine: Engine, database_url: str) -> None:
    import_hmrc.make_organisations(database_url)
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    make_other_moves(engine, now, years=2, loans=100, returns=50, bulk_moves=8, on_a_list=10)
    year = Period(date(2025, 3, 3), now.date())
    with open_session(engine, writes=False) as session:
        found = figures_of(session, Reader(None, exact=True), year, now)
    assert found.begun[Way.TRANSFER].value == 0
    assert all(found.begun[way].value > 20 for way in (Way.LOAN, Way.RETURN, Way.BULK_MOVE))
    assert found.now.late_loans.number.value > 0
    assert found.loan_durations.keys() >= {LoanStage.HOSTING, LoanStage.LENT}
    assert BulkStage.PAYING in found.bulk.durations

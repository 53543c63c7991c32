"""A step of preparation that is put there as rows leaves what the step itself leaves."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session
from tests.factories.organisations import make_organisation
from tests.factories.transfers import Move, make_move
from tests.support.replays import replayed
from tests.support.snapshots import Snapshot
from tests.support.stored_rows import KINDS, Rows


def _make_move(session: Session, now: datetime) -> Move:
    return replace(make_move(session, now), session=None)  # type: ignore[arg-type]


MOVE = Snapshot(_make_move)


def scheduled(engine: Engine, now: datetime) -> Rows:
    """All rows once a transfer is scheduled; none of them stays."""
    with open_session(engine, writes=True) as session:
        replace(MOVE.put(session, now), session=session).schedule()
        session.flush()
        rows: Rows = KINDS[engine.dialect.name].read(session.connection())
    return rows


def test_the_second_time_everything_is_as_it_was_the_first_time(engine: Engine, now: datetime) -> None:
    first, second = scheduled(engine, now), scheduled(engine, now)
    assert first["transfers"]
    assert second == first


def test_a_database_with_something_beside_is_another(session: Session, now: datetime) -> None:
    taken = []
    for _ in range(2):
        replayed(session, test_a_database_with_something_beside_is_another, lambda: taken.append("a step"))
    make_organisation(session, now, "HMRC")
    replayed(session, test_a_database_with_something_beside_is_another, lambda: taken.append("another"))
    assert taken == ["a step", "another"]

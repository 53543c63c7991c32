"""One move with everybody in it."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import Session

from tests.factories.transfers import Move, make_move
from tests.support.snapshots import Snapshot


def _make_move(session: Session, now: datetime) -> Move:
    return replace(make_move(session, now), session=None)  # type: ignore[arg-type]


MOVE = Snapshot(_make_move)


@pytest.fixture
def move(session: Session, now: datetime) -> Move:
    """An employee of HMRC whom the Home Office wants, on both databases."""
    return replace(MOVE.put(session, now), session=session)

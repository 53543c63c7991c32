"""Everybody who takes part in a move, on a database of the test's own."""

from datetime import datetime

import pytest
from sqlmodel import Session

from tests.factories.transfers import Move, make_move


@pytest.fixture
def move(session: Session, now: datetime) -> Move:
    return make_move(session, now)

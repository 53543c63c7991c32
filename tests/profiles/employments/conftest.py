"""One move with everybody in it."""

from datetime import datetime

import pytest
from sqlmodel import Session

from tests.factories.transfers import Move, make_move


@pytest.fixture
def move(session: Session, now: datetime) -> Move:
    """An employee of HMRC whom the Home Office wants, on both databases."""
    return make_move(session, now)

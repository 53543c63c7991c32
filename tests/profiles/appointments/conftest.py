"""Somebody who has left, and everybody of the organisation that wants them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from tests.factories.apps_of_move import make_apps
from tests.factories.returners import ENDS, let_leave
from tests.factories.transfers import Move, make_move
from tests.support.snapshots import Snapshot


def _make(session: Session, now: datetime) -> Move:
    move = make_move(session, now)
    make_apps(move)
    return replace(let_leave(move), session=None)  # type: ignore[arg-type]


RETURNER = Snapshot(_make)


@pytest.fixture
def move(session: Session, now: datetime) -> Move:
    """On both databases; it is 1 May."""
    return replace(RETURNER.put(session, now), session=session)


@pytest.fixture
def leaving(move: Move) -> Move:
    """Four days before the last day at HMRC."""
    return replace(move, now=ENDS - timedelta(days=4))

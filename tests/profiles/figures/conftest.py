"""One move with everybody in it, and an app on either side."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import Session

from tests.factories.apps_of_move import AppsOfMove, make_apps
from tests.factories.transfers import Move, make_move
from tests.support.snapshots import Snapshot


def _make(session: Session, now: datetime) -> tuple[Move, AppsOfMove]:
    move = make_move(session, now)
    apps = make_apps(move)
    session.flush()
    return replace(move, session=None), apps  # type: ignore[arg-type]


MADE = Snapshot(_make)


@pytest.fixture
def made(session: Session, now: datetime) -> tuple[Move, AppsOfMove]:
    found, apps = MADE.put(session, now)
    return replace(found, session=session), apps


@pytest.fixture
def move(made: tuple[Move, AppsOfMove]) -> Move:
    """An employee of HMRC whom the Home Office wants, on both databases."""
    return made[0]


@pytest.fixture
def apps(made: tuple[Move, AppsOfMove]) -> AppsOfMove:
    """Tax Desk of HMRC and Visa Desk of the Home Office."""
    return made[1]

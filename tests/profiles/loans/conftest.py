"""One loan with everybody in it."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import Session

from tests.factories.apps_of_move import make_apps
from tests.factories.loans import Lending, make_lending
from tests.factories.transfers import make_move
from tests.support.snapshots import Snapshot


def _make_lending(session: Session, now: datetime) -> Lending:
    move = make_move(session, now)
    make_apps(move)
    lending = make_lending(move)
    return replace(lending, move=replace(move, session=None))  # type: ignore[arg-type]


LENDING = Snapshot(_make_lending)


@pytest.fixture
def lending(session: Session, now: datetime) -> Lending:
    """An employee of HMRC with SC whom the Home Office wants on loan, and an app of each."""
    made = LENDING.put(session, now)
    return replace(made, move=replace(made.move, session=session))

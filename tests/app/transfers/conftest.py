"""One move in the whole application's database."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from app.database import open_session
from tests.factories.apps_of_move import make_apps
from tests.factories.transfers import Move, make_move


@pytest.fixture
def move(app: Flask, now: datetime) -> Iterator[Move]:
    """An employee of HMRC whom the Home Office wants, and an app of each; commit before a request."""
    with open_session(app.extensions["engine"], writes=True) as session:
        move = make_move(session, now)
        make_apps(move)
        session.commit()
        yield move

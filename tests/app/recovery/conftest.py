"""Somebody whose account is to be recovered, in the whole application, and a clock that can be moved on."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from app.database import open_session
from tests.factories.recoveries import Case, make_case
from tests.support.visitor import Clock


@pytest.fixture
def clock(app: Flask, now: datetime) -> Clock:
    clock = Clock(now)
    app.config["CLOCK"] = clock
    return clock


@pytest.fixture
def case(app: Flask, clock: Clock) -> Iterator[Case]:
    """Commit before a request."""
    with open_session(app.extensions["engine"], writes=True) as session:
        case = make_case(session, clock.now)
        session.commit()
        yield case

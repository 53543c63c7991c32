"""The whole application with one person who has a password, and somebody at a browser."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.database import transaction
from identity.sign_in.passwords import PasswordCost, set_password
from tests.factories.people import make_person
from tests.support.visitor import Clock, Visitor, make_app

ADDRESS, PASSWORD = "priya.patel@hmrc.gov.uk", "otters swim at dawn"
CHEAP = PasswordCost(time=1, memory_kib=8)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[Flask]:
    app = make_app(database_url, clock)
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def person(engine: Engine, now: datetime) -> UUID:
    """A person with an address and a password."""
    with transaction(engine) as session:
        person_id = make_person(session, now, ADDRESS)
        set_password(session, person_id, PASSWORD, now, CHEAP)
    return person_id


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)

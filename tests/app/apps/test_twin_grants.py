"""Two officers who give somebody the same role in one instant see each other."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app.database import open_session, transaction
from profiles.entitlements import grants
from profiles.errors import Invalid
from profiles.temporal import Provenance
from tests.factories.apps import make_app
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.people import make_employee

ROLE = "caseworker"


@pytest.fixture
def people(engine: Engine, now: datetime) -> list[UUID]:
    """The app, whom the role is given to, and two who decide."""
    with transaction(engine) as session:
        hmrc = make_organisation(session, now)
        app = make_app(session, now, hmrc)
        names = ("priya.patel", "olga.officer", "sam.second")
        return [app.id, *(make_employee(session, now, hmrc, name).person_id for name in names)]


def give(session: Session, people: list[UUID], now: datetime) -> None:
    app_id, person_id, asks, approves = people
    grants.grant(
        session,
        now,
        Provenance(asks, "officer", "Stands in"),
        INITIATOR,
        person_id=person_id,
        app_id=app_id,
        role_name=ROLE,
        approved_by=approves,
        valid_from=now,
        valid_to=now + timedelta(days=30),
    )


def test_the_second_waits_for_the_first(engine: Engine, people: list[UUID], now: datetime) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("writers come one after the other there")
    with transaction(engine) as first:
        give(first, people, now)
        with open_session(engine, writes=True) as second:
            second.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                give(second, people, now)
            second.rollback()
    with pytest.raises(Invalid, match="already"), transaction(engine) as second:
        give(second, people, now)

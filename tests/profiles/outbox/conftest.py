"""Messages to apps."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.database import transaction
from profiles.apps.models import App
from profiles.outbox.models import MessageKind
from profiles.outbox.service import enqueue
from tests.factories.organisations import make_organisation


@pytest.fixture
def app_ids(engine: Engine, now: datetime) -> list[UUID]:
    """Two apps of one organisation."""
    with transaction(engine) as session:
        organisation = make_organisation(session, now)
        apps = [
            App(
                organisation_id=organisation.id,
                name=name,
                home_url="http://localhost:8001",
                contact="help@example.gov.uk",
                created_at=now,
            )
            for name in ("Casework", "Rota")
        ]
        session.add_all(apps)
        session.flush()
        return [app.id for app in apps]


@pytest.fixture
def tell(engine: Engine, app_ids: list[UUID], now: datetime) -> Callable[..., list[UUID]]:
    """Leaves messages for an app, overdue after five minutes; returns their ids, oldest first."""

    def tell(count: int = 1, *, app: int = 0, goes_first: bool = True) -> list[UUID]:
        with transaction(engine) as session:
            return [
                enqueue(
                    session,
                    MessageKind.LOGOUT,
                    {"sid": str(number)},
                    reason="Access ended",
                    now=now,
                    app_id=app_ids[app],
                    overdue_after=timedelta(minutes=5),
                    goes_first=goes_first,
                ).id
                for number in range(count)
            ]

    return tell

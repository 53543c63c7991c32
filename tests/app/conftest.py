"""The whole application on a database of the test's own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session

from app import create_app
from app.config import Settings
from app.database import open_session, transaction
from identity.keys.encryption import KeyEncryption
from identity.keys.rotation import create_initial_keys
from tests.factories.apps_of_move import make_apps
from tests.factories.importing import Importing
from tests.factories.organisations import make_organisation
from tests.factories.transfers import Move, make_move
from tests.support.snapshots import Snapshot

ENCRYPTION_KEY = "dGVzdHMgb25seTogdGhpcnR5LXR3byBieXRlcyEhISE="


def _make_keys(session: Session, now: datetime) -> None:
    create_initial_keys(session, KeyEncryption.from_base64(ENCRYPTION_KEY), now)


def _make_move(session: Session, now: datetime) -> Move:
    move = make_move(session, now)
    make_apps(move)
    return replace(move, session=None)  # type: ignore[arg-type]


KEYS, MOVE = Snapshot(_make_keys), Snapshot(_make_move)


@pytest.fixture
def settings(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Development's settings, with a password hash that costs nothing."""
    return Settings(
        environment="development",
        issuer="http://localhost",
        database_url=database_url,
        secret_key="secret of the tests",
        encryption_key=ENCRYPTION_KEY,
        password_cost=1,
        password_memory_kib=8,
    )


@pytest.fixture
def app(settings: Settings, now: datetime) -> Iterator[Flask]:
    """The application, whose clock stands at ``now``; ``app.config["CLOCK"]`` may be replaced."""
    app = create_app(settings, clock=lambda: now)
    app.testing = True
    with transaction(app.extensions["engine"]) as session:
        KEYS.put(session, now)
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def move(app: Flask, now: datetime) -> Iterator[Move]:
    """An employee of HMRC whom the Home Office wants, and an app of each; commit before a request."""
    with open_session(app.extensions["engine"], writes=True) as session:
        move = replace(MOVE.put(session, now), session=session)
        session.commit()
        yield move


@pytest.fixture
def importing(engine: Engine, now: datetime) -> Importing:
    """Imports for HMRC, on a database with nothing else."""
    with transaction(engine) as session:
        return Importing(engine, now, make_organisation(session, now, "HMRC").id)

"""Health: alive is not ready."""

from datetime import datetime

from flask import Flask

from app import create_app
from app.config import Settings
from app.database import transaction


def test_a_process_that_answers_is_alive(app: Flask) -> None:
    assert app.test_client().get("/healthz").status_code == 200


def test_with_database_schema_and_keys_it_is_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"database": True, "migrations": True, "keys": True})


def test_it_is_ready_while_somebody_writes(app: Flask) -> None:
    """Whoever asks often must not make writers wait, nor wait for them."""
    with transaction(app.extensions["engine"]) as session:
        session.connection()
        assert app.test_client().get("/readyz").status_code == 200


def test_without_keys_it_is_not_ready(settings: Settings, now: datetime) -> None:
    answer = create_app(settings, clock=lambda: now).test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"database": True, "migrations": True, "keys": False})


def test_without_a_database_it_is_not_ready(settings: Settings, now: datetime) -> None:
    gone = settings.model_copy(update={"database_url": "sqlite:////nowhere/lanyard.db"})
    answer = create_app(gone, clock=lambda: now).test_client().get("/readyz")
    assert (answer.status_code, answer.json["database"]) == (503, False)

"""One desk against a fake issuer, and a clock that tests may move."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.department_app.application import create_app
from examples.department_app.settings import load_settings
from tests.examples.fake_issuer import CLIENT_ID, CLIENT_SECRET, FakeIssuer, running_issuer


class Clock:
    """A time that stands still until a test moves it; desk and issuer share it. It is 10:15 in London."""

    def __init__(self) -> None:
        self.time = datetime(2026, 7, 1, 9, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, **how: int) -> None:
        """On by so many hours, minutes or seconds."""
        self.time += timedelta(**how)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(clock: Clock) -> Iterator[FakeIssuer]:
    with running_issuer(clock) as fake:
        yield fake


@pytest.fixture
def make_desk(issuer: FakeIssuer, clock: Clock, tmp_path: Path) -> Callable[..., Flask]:
    """Make a desk with changed settings."""

    def make(**changes: str) -> Flask:
        settings = {
            "issuer": issuer.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "name": "Tax Case Desk",
            "organisation": "HMRC",
            "port": "8001",
            "database": str(tmp_path / "desk.sqlite3"),
            "secret_key": "k" * 32,
        }
        return create_app(load_settings(None, {}, settings | changes), clock)

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Flask]) -> Flask:
    return make_desk()


@pytest.fixture
def browser(desk: Flask) -> FlaskClient:
    return desk.test_client()


@pytest.fixture
def sign_in(issuer: FakeIssuer) -> Callable[[FlaskClient], TestResponse]:
    """Sign a browser in through the fake issuer."""

    def do(browser: FlaskClient) -> TestResponse:
        start = browser.get("/sign-in")
        assert start.status_code == 302, start.text
        return browser.get(issuer.authorize(start.location))

    return do


def submit(browser: FlaskClient, page: str, address: str, **fields: str) -> TestResponse:
    """Post a form with the CSRF token that a page of the desk shows."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
    assert found, f"no form on {page}"
    return browser.post(address, data={"csrf_token": found[1], **fields})

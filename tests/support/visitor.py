"""Somebody at a browser without JavaScript: opens pages and sends their forms, in the tests' own process."""

import re
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app import create_app
from app.config import DEVELOPMENT_ENCRYPTION_KEY, Environment, Settings

ISSUER = "http://localhost"


class Clock:
    """The time that an application under test goes by."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def make_app(database_url: str, clock: Clock, **settings: Any) -> Flask:
    """The whole application on this database, with passwords that cost next to nothing."""
    values: dict[str, Any] = {
        "environment": Environment.DEVELOPMENT,
        "issuer": ISSUER,
        "database_url": database_url,
        "secret_key": "only for these tests",
        "encryption_key": DEVELOPMENT_ENCRYPTION_KEY,
        "password_cost": 1,
        "password_memory_kib": 8,
        "var": Path("unused"),
    }
    return create_app(Settings(**(values | settings)), clock=clock)


class Visitor:
    """One browser: it keeps cookies, and follows no redirect by itself."""

    def __init__(self, app: Flask, *, source: str = "192.0.2.1") -> None:
        self.client = app.test_client()
        self._origin = app.extensions["settings"].issuer if "settings" in app.extensions else ISSUER
        self._environment = {"REMOTE_ADDR": source}

    def open(self, path: str) -> TestResponse:
        return self._send("GET", path)

    def submit(self, path: str, *, page: str | None = None, **fields: str) -> TestResponse:
        """Send a form to ``path`` with what the page that shows it carries (by default the same path)."""
        carried = _carried(self.open(page or path).text)
        return self._send("POST", path, data=carried | fields)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form that came from none of our pages."""
        return self._send("POST", path, data=fields)

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None

    def _send(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Accept": "text/html", "Referer": f"{self._origin}/"}
        return self.client.open(
            path,
            method=method,
            base_url=self._origin,
            headers=headers,
            environ_overrides=self._environment,
            **options,
        )


def _carried(page: str) -> dict[str, str]:
    """The token of a page's form and, where it says so, what it shows."""
    found = dict(re.findall(r'name="(csrf_token|shown)" value="([^"]+)"', page))
    assert "csrf_token" in found, "the page has no form"
    return {name: unescape(value) for name, value in found.items()}

"""Logs name the route and nothing that a person typed."""

import json
from typing import Any

import pytest
from flask import Flask

from app import logs
from profiles.roles.permissions import public


def test_a_request_is_logged_by_its_route_without_values(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure(development=False)
    app.add_url_rule("/people/<name>", view_func=public(lambda name: "shown"), endpoint="view")
    app.test_client().get("/people/priya?code=secret", headers={"Cookie": "lanyard_session=token"})
    line = capfd.readouterr().err
    assert '"route": "/people/<name>"' in line
    assert not any(value in line for value in ("priya", "secret", "token"))


def test_the_line_of_a_request_is_as_any_other(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    """It is written without structlog, whose line names the same in the same order."""
    logs.configure(development=False)
    with app.test_request_context():
        logs.begin()
        logs.log_request("GET", None, 404)
        ours = _line(capfd)
        facts = {name: one for name, one in ours.items() if name not in {"event", "level", "timestamp"}}
        logs.log.info("request", **facts)
        theirs = _line(capfd)
    assert list(ours) == list(theirs)
    assert ours | {"timestamp": ""} == theirs | {"timestamp": ""}
    assert len(ours["timestamp"]) == len(theirs["timestamp"])


def test_the_line_is_for_people_in_development(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(development=True)
    with app.test_request_context():
        logs.log_request("GET", None, 404)
    line = capfd.readouterr().err
    logs.configure(development=False)
    assert "404" in line
    assert not line.startswith("{")


def _line(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(capfd.readouterr().err)
    return line

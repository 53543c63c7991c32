"""Logs name the route and nothing that a person typed."""

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

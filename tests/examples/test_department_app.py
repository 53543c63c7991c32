"""The desk as a program: its settings, its start and its end, and what every page carries."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from examples.department_app.colour import contrast_with_white, theme
from examples.department_app.settings import SettingsError, load_settings

ROOT = Path(__file__).parents[2]
VALUES = {
    "issuer": "http://localhost:8000",
    "client_id": "id",
    "client_secret": "secret",
    "name": "Tax Case Desk",
    "organisation": "HMRC",
    "port": "8001",
    "database": "desk.sqlite3",
    "secret_key": "k" * 32,
}


def test_an_argument_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    file.write_text(json.dumps({**VALUES, "port": 8005, "name": "File", "colour": "#111111"}))
    environ = {"DEPARTMENT_APP_NAME": "Environment", "DEPARTMENT_APP_COLOUR": "#222222"}
    settings = load_settings(file, environ, {"colour": "#333333"})
    assert (settings.port, settings.name, settings.colour) == (8005, "Environment", "#333333")


def test_credentials_may_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "client.json"
    file.write_text(json.dumps({"client_id": "from-file", "client_secret": "s3cret", "redirect_uris": []}))
    values = {name: value for name, value in VALUES.items() if not name.startswith("client_")}
    settings = load_settings(None, {"DEPARTMENT_APP_CLIENT_FILE": str(file)}, values)
    assert (settings.client_id, settings.client_secret) == ("from-file", "s3cret")


@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_missing_setting_is_named(name: str) -> None:
    values = {key: value for key, value in VALUES.items() if key != name}
    with pytest.raises(SettingsError, match=f"DEPARTMENT_APP_{name.upper()}"):
        load_settings(None, {}, values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", "localhost:8000"),
        ("issuer", "http://localhost:8000/?x"),
        ("port", "http"),
        ("port", "70000"),
        ("url", "http://localhost:8001/desk"),
        ("organisation", "H M R C"),
        ("colour", "red"),
        ("algorithm", "none"),
        ("scope", "profile"),
        ("secret_key", "short"),
        ("session_hours", "0"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"DEPARTMENT_APP_{name.upper()}"):
        load_settings(None, {}, {**VALUES, name: value})


@pytest.mark.parametrize("content", [None, "{", "[]", '{"colour_of_the_sky": "#0000ff"}'])
def test_an_unusable_settings_file_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "desk.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=r"desk\.json"):
        load_settings(file, {}, VALUES)


def test_two_desks_on_one_host_do_not_share_a_cookie() -> None:
    tax = load_settings(None, {}, VALUES)
    immigration = load_settings(None, {}, {**VALUES, "organisation": "HO", "port": "8002"})
    assert tax.cookie_name != immigration.cookie_name


@pytest.mark.parametrize("colour", ["#008670", "#9325b2", "#ffdd00", "#777777", "#000000", "#ffffff"])
def test_writing_on_and_in_the_departments_colour_can_be_read(colour: str) -> None:
    """WCAG 2.2 §1.4.3 asks for a contrast of 4.5."""
    white = contrast_with_white(colour)
    black = 21 / white
    style = theme(colour)
    assert (white if "--on-department: #ffffff" in style else black) >= 4.5
    assert contrast_with_white(style.split("--link: ")[1][:7]) >= 4.5


def test_every_page_keeps_scripts_and_frames_out(browser: FlaskClient) -> None:
    for path in ("/", "/nowhere", "/signed-out"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_the_health_check_needs_neither_session_nor_provider(browser: FlaskClient) -> None:
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_the_database_is_for_its_owner_only(desk: Flask, tmp_path: Path) -> None:
    assert (tmp_path / "desk.sqlite3").stat().st_mode & 0o077 == 0


def test_an_unexpected_error_shows_no_trace(make_desk: Callable[..., Flask], tmp_path: Path) -> None:
    """The database vanishes under a running desk."""
    desk = make_desk()
    (tmp_path / "desk.sqlite3").write_bytes(b"this is no database at all" * 100)
    for leftover in tmp_path.glob("desk.sqlite3-*"):
        leftover.unlink()
    page = desk.test_client().get("/sign-in")
    assert page.status_code == 500
    assert "Something went wrong here" in page.text
    assert "sqlite" not in page.text


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of a desk on a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "desk.json"
    file.write_text(json.dumps({**VALUES, "port": port, "database": str(tmp_path / "desk.sqlite3")}))
    return file


def start(config: Path) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DEPARTMENT_APP_")}
    return subprocess.Popen(
        [sys.executable, "-m", "examples.department_app", "--config", str(config)],
        cwd=ROOT,
        env={**environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_quietly_and_ends_promptly(config: Path, number: signal.Signals) -> None:
    process = start(config)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Tax Case Desk is at http://localhost:")
        with requests.Session() as http:
            http.trust_env = False
            assert http.get(line.split()[-1] + "/healthz", timeout=5).json() == {"status": "ok"}
        process.send_signal(number)
        output, errors = process.communicate(timeout=5)
    finally:
        process.kill()
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_busy_port_is_one_clear_line(config: Path) -> None:
    with socket.create_server(("127.0.0.1", json.loads(config.read_text())["port"])):
        process = start(config)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert output == ""
    assert errors.startswith("Tax Case Desk cannot listen on 127.0.0.1 port ")
    assert errors.count("\n") == 1


def test_a_database_that_cannot_be_opened_is_one_clear_line(config: Path) -> None:
    values = json.loads(config.read_text())
    config.write_text(json.dumps({**values, "database": str(config / "desk.sqlite3")}))
    process = start(config)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (1, "")
    assert "its database" in errors
    assert errors.count("\n") == 1


def test_a_missing_setting_is_one_clear_line(tmp_path: Path) -> None:
    process = start(tmp_path / "missing.json")
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (1, "")
    assert "missing.json cannot be read" in errors
    assert errors.count("\n") == 1


def test_it_knows_nothing_of_lanyards_code() -> None:
    """A relying party is a separate program: it imports nothing of the provider."""
    script = (
        "import sys, examples.department_app.__main__;"
        "sys.exit(any(name.split('.')[0] in ('app', 'identity', 'profiles') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0

"""Errors: a page for people, problem+json for programs, and never an exception's own text."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from profiles.errors import Invalid
from profiles.roles.permissions import public
from tests.app.page_checks import check_page

SECRET = "QQ123456C"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An application with two views that fail."""

    @public
    def crash() -> str:
        raise ValueError(SECRET)

    @public
    def refuse() -> str:
        raise Invalid("Enter a date.", field="date")

    app.add_url_rule("/crash", view_func=crash)
    app.add_url_rule("/refuse", view_func=refuse)
    return app.test_client()


@pytest.mark.looks_at("errors/error.html")
@pytest.mark.parametrize(("path", "status"), [("/crash", 500), ("/refuse", 400), ("/nowhere", 404)])
def test_a_browser_gets_a_page(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    check_page(answer.text)


@pytest.mark.parametrize(("path", "status"), [("/crash", 500), ("/refuse", 400), ("/nowhere", 404)])
def test_a_program_gets_a_problem(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    assert json.loads(answer.text)["status"] == status


def test_the_text_of_an_unexpected_exception_is_neither_shown_nor_logged(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    assert SECRET not in client.get("/crash", headers={"Accept": "text/html"}).text
    captured = capfd.readouterr()
    assert SECRET not in captured.out + captured.err


def test_a_refusal_says_why(client: FlaskClient) -> None:
    assert "Enter a date." in client.get("/refuse", headers={"Accept": "text/html"}).text


def test_a_request_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/refuse", data=b"x" * 2_000_000)
    assert answer.status_code in {405, 413}

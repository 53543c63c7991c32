"""The headers of every answer, and the cases in which they differ."""

import re

import pytest
from flask import Flask, Response, g, make_response
from flask.testing import FlaskClient

from app.security_headers import csp_nonce
from identity.form_redirects import allow_form_redirect
from tests.app.page_app import page_app


def client_of(view: object, *, https: bool = False) -> FlaskClient:
    app: Flask = page_app(https=https)
    app.add_url_rule("/", view_func=view, endpoint="home")  # type: ignore[arg-type]
    return app.test_client()


def directives(response: Response) -> dict[str, str]:
    policy = response.headers["Content-Security-Policy"]
    return {name: value for name, _, value in (part.partition(" ") for part in policy.split("; "))}


def test_the_policy_denies_what_it_does_not_name() -> None:
    assert directives(client_of(lambda: "x").get("/")) == {
        "default-src": "'none'",
        "script-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


def test_the_page_and_the_policy_share_one_nonce() -> None:
    response = client_of(lambda: csp_nonce() + " " + csp_nonce()).get("/")
    first, second = response.text.split()
    assert first == second
    assert directives(response)["script-src"] == f"'nonce-{first}'"


def test_each_request_has_a_nonce_of_its_own() -> None:
    client = client_of(csp_nonce)
    assert client.get("/").text != client.get("/").text


def test_the_nonce_cannot_be_guessed() -> None:
    assert len(client_of(csp_nonce).get("/").text) >= 22  # 128 bits in base64url


@pytest.mark.parametrize(
    ("redirect_uri", "origin"),
    [
        ("https://app.example.gov.uk/callback?x=1", "https://app.example.gov.uk"),
        ("http://localhost:8001/callback", "http://localhost:8001"),
        ("https://APP.example.gov.uk/", "https://app.example.gov.uk"),
        ("uk.gov.example.app:/callback", "uk.gov.example.app:"),
    ],
)
def test_a_form_may_end_at_the_client_that_a_view_names(redirect_uri: str, origin: str) -> None:
    def view() -> str:
        allow_form_redirect(redirect_uri)
        return ""

    assert directives(client_of(view).get("/"))["form-action"] == f"'self' {origin}"


def test_an_origin_set_by_hand_cannot_add_a_directive() -> None:
    def view() -> str:
        g.form_action_origins = ["https://a.example; script-src *", "https://b.example"]
        return ""

    assert directives(client_of(view).get("/"))["form-action"] == "'self' https://b.example"


def test_a_page_is_never_stored() -> None:
    assert client_of(lambda: "x").get("/").headers["Cache-Control"] == "no-store"


def test_a_view_may_say_how_long_its_answer_is_kept() -> None:
    def keys() -> Response:
        response = make_response("{}")
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    assert client_of(keys).get("/").headers["Cache-Control"] == "public, max-age=300"


def test_a_static_file_is_kept_by_its_versioned_address_only() -> None:
    client = client_of(lambda: "x")
    assert "immutable" in client.get("/static/lanyard.css?v=1").headers["Cache-Control"]
    assert client.get("/static/lanyard.css").headers["Cache-Control"] == "public, no-cache"


def test_a_static_file_that_is_not_there_is_not_kept() -> None:
    assert client_of(lambda: "x").get("/static/gone.css?v=1").headers["Cache-Control"] == "public, no-cache"


def test_transport_security_is_promised_over_https_only() -> None:
    assert "Strict-Transport-Security" not in client_of(lambda: "x").get("/").headers
    promised = client_of(lambda: "x", https=True).get("/").headers["Strict-Transport-Security"]
    assert int(re.findall(r"max-age=(\d+)", promised)[0]) >= 31536000


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ],
)
def test_headers_are_on_errors_too(header: str, value: str) -> None:
    response = client_of(lambda: "x").get("/nothing-here")
    assert (response.status_code, response.headers[header]) == (404, value)


def test_powerful_features_are_off() -> None:
    assert "camera=()" in client_of(lambda: "x").get("/").headers["Permissions-Policy"]

"""Endpoints that are answered before Flask: as Flask would, and with its help where it is needed."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, abort, appcontext_pushed, request
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from app import dispatcher
from app.database import transaction
from app.request_transaction import request_session
from identity.exchange import Answer, Page, direct
from identity.turn import TURN
from profiles.organisations.models import Organisation, OrganisationKind
from profiles.roles.permissions import public, signed_in

FORM = "application/x-www-form-urlencoded"
BY_FLASK = {"Transfer-Encoding": "chunked"}
"""What is not plain."""
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/jwks.json", {}),
    ("GET", "/.well-known/openid-configuration", {}),
    ("GET", "/.well-known/oauth-authorization-server", {}),
    ("POST", "/token", {"content_type": FORM, "data": "grant_type=client_credentials"}),
    ("POST", "/token", {"content_type": "text/plain", "data": "x"}),
    ("POST", "/introspect", {"content_type": FORM, "data": "token=x"}),
    (
        "POST",
        "/revoke",
        {"content_type": FORM, "data": "token=x", "headers": {"Origin": "https://a.example"}},
    ),
    ("GET", "/userinfo", {"headers": {"Authorization": "DPoP x"}}),
    ("POST", "/userinfo", {"content_type": FORM, "data": "access_token=x"}),
    ("GET", "/authorize?client_id=x", {}),
    ("POST", "/authorize", {"content_type": FORM, "data": "client_id=x&state=y"}),
]


PLAIN = [one for one in REQUESTS if one[1] != "/authorize?client_id=x"]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's program."""
    return app.test_client()


def ask(client: FlaskClient, method: str, path: str, more: dict[str, Any]) -> TestResponse:
    headers = {"Accept": "text/html", **more.get("headers", {})}
    return client.open(path, method=method, **{**more, "headers": headers})


def without_nonces(answer: TestResponse) -> list[tuple[str, str]]:
    policy = answer.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    nonces = (policy, answer.headers.get("DPoP-Nonce", "no nonce"))
    same = [(name, value.replace(nonces[0], "").replace(nonces[1], "")) for name, value in answer.headers]
    return sorted((name, value) for name, value in same if name != "Content-Length")


def serve(app: Flask, endpoint: Callable[[], Answer | Page]) -> FlaskClient:
    app.add_url_rule("/direct", view_func=public(direct(endpoint)))
    dispatcher.init_app(app)
    return app.test_client()


def write() -> None:
    request_session(writes=True).add(Organisation(code="HMRC", kind=OrganisationKind.DEPARTMENT))


def kept(app: Flask) -> bool:
    with transaction(app.extensions["engine"], writes=False) as session:
        return session.exec(select(Organisation)).first() is not None


@pytest.mark.parametrize(("method", "path", "more"), REQUESTS)
def test_both_ways_answer_the_same(client: FlaskClient, method: str, path: str, more: dict[str, Any]) -> None:
    by_flask = {**more, "environ_overrides": {"SCRIPT_NAME": "/prefix"}}
    directly, by_way_of_flask = ask(client, method, path, more), ask(client, method, path, by_flask)
    assert directly.status_code == by_way_of_flask.status_code
    assert without_nonces(directly) == without_nonces(by_way_of_flask)
    if directly.is_json:
        assert directly.json == by_way_of_flask.json


@pytest.mark.parametrize(
    ("method", "path", "more"), [one for one in REQUESTS if one[1] != "/authorize?client_id=x"]
)
def test_what_is_plain_needs_no_flask(app: Flask, method: str, path: str, more: dict[str, Any]) -> None:
    @app.before_request
    def closed() -> None:
        abort(418)

    assert ask(app.test_client(), method, path, more).status_code != 418


@pytest.mark.parametrize(("method", "path", "more"), PLAIN)
def test_what_is_plain_needs_no_context_of_flasks(
    client: FlaskClient, method: str, path: str, more: dict[str, Any]
) -> None:
    """Making them and looking them up is what a sign-in does without."""
    pushed: list[object] = []
    with appcontext_pushed.connected_to(pushed.append):
        ask(client, method, path, more)
    assert pushed == []


@pytest.mark.parametrize("path", ["/authorize?client_id=x", "/token", "/sign-in", "/healthz"])
def test_pages_and_what_is_not_plain_are_flasks(app: Flask, path: str) -> None:
    @app.before_request
    def closed() -> None:
        abort(418)

    assert app.test_client().get(path, headers=BY_FLASK).status_code in {405, 418}
    assert app.test_client().get(path).status_code in {405, 418}


def test_a_page_is_made_once_by_flask_from_what_was_come_to(app: Flask) -> None:
    asked = []

    def endpoint() -> Page:
        asked.append("asked")
        return Page(lambda: ("made", 403))

    answer = serve(app, endpoint).get("/direct")
    assert (answer.status_code, answer.text, asked) == (403, "made", ["asked"])


@pytest.mark.parametrize(("status", "stays"), [(200, True), (303, True), (400, False), (401, False)])
def test_what_stays(app: Flask, status: int, stays: bool) -> None:
    def endpoint() -> Answer:
        write()
        return Answer(b"", "text/plain", status)

    assert serve(app, endpoint).get("/direct").status_code == status
    assert kept(app) is stays


def test_an_error_is_flasks_and_nothing_stays(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    def endpoint() -> Answer:
        write()
        raise ZeroDivisionError("a secret")

    answer = serve(app, endpoint).get("/direct")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "Content-Security-Policy" in answer.headers
    assert "a secret" not in answer.text + "".join(capfd.readouterr())
    assert not kept(app)


def test_a_commit_that_fails_is_answered_like_any_refusal(app: Flask) -> None:
    def endpoint() -> Answer:
        write()
        write()
        return Answer(b"done", "text/plain")

    assert serve(app, endpoint).get("/direct").status_code == 409
    assert not kept(app)


def test_each_request_is_logged_once_by_its_route(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    client = app.test_client()
    for path, route in (("/jwks.json?secret", "/jwks.json"), ("/authorize?client_id=secret", "/authorize")):
        capfd.readouterr()
        client.get(path)
        lines = capfd.readouterr()
        assert (lines.err + lines.out).count(route) == 1
        assert "secret" not in lines.err + lines.out


@pytest.mark.parametrize("marked", [direct, lambda endpoint: signed_in()(direct(endpoint))])
def test_what_flask_would_guard_is_never_direct(app: Flask, marked: Callable[..., Any]) -> None:
    app.add_url_rule("/direct", view_func=marked(lambda: Answer(b"", "text/plain")), endpoint="direct")
    with pytest.raises(ValueError, match="direct"):
        dispatcher.init_app(app)


def test_a_form_of_our_own_is_never_direct(app: Flask) -> None:
    view = public(direct(lambda: Answer(b"", "text/plain")))
    app.add_url_rule("/direct", view_func=view, endpoint="direct", methods=["POST"])
    with pytest.raises(ValueError, match="direct"):
        dispatcher.init_app(app)


def test_a_body_that_breaks_off_is_a_bad_request(app: Flask) -> None:
    builder = EnvironBuilder(path="/token", method="POST", content_type=FORM, data=b"grant_type=x")
    environ = builder.get_environ()
    environ["CONTENT_LENGTH"] = "100"
    assert run_wsgi_app(app, environ)[1] == "400 BAD REQUEST"


def test_a_page_is_made_in_turn(app: Flask) -> None:
    app.add_url_rule("/mine", view_func=public(lambda: str(TURN.is_mine)))
    dispatcher.init_app(app)
    is_sqlite = app.extensions["engine"].dialect.name == "sqlite"
    assert app.test_client().get("/mine").text == str(is_sqlite)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_form_that_breaks_off_is_not_taken_for_the_whole(app: Flask, missing: int) -> None:
    app.add_url_rule("/form", view_func=public(lambda: request.form["last"]), methods=["POST"])
    app.config["WTF_CSRF_ENABLED"] = False
    dispatcher.init_app(app)
    environ = EnvironBuilder(path="/form", method="POST", content_type=FORM, data=b"last=x").get_environ()
    environ["wsgi.input_terminated"] = True  # as servers say that end the stream themselves
    environ["CONTENT_LENGTH"] = str(6 + missing)
    assert run_wsgi_app(app, environ)[1] == ("400 BAD REQUEST" if missing else "200 OK")


@pytest.mark.parametrize(("path", "status"), [("/token", "401 "), ("/sign-in", "400 ")])
def test_a_body_that_comes_slowly_holds_up_nobody(app: Flask, path: str, status: str) -> None:
    """Whoever sends a byte a second would else keep the turn from everybody."""

    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            meanwhile.append(TURN.is_mine)
            return super().read(1)

    meanwhile: list[bool] = []
    body = b"grant_type=client_credentials"
    environ = EnvironBuilder(path=path, method="POST", content_type=FORM, data=body).get_environ()
    environ["wsgi.input"] = Slow(body)
    assert run_wsgi_app(app, environ)[1].startswith(status)
    assert meanwhile == [False] * len(body)


@pytest.mark.parametrize("body", [b"\xff=\xff", b"client_id=%ff&grant_type=%00", b"&&=&", b"a" * 70_000])
def test_a_body_of_anything_is_refused_in_oauths_own_words(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/token", data=body, content_type=FORM)
    assert answer.status_code in {400, 401}
    assert answer.json is not None
    assert answer.json["error"] in {"invalid_request", "invalid_client"}


@pytest.mark.parametrize("query", ["client_id=\xff", "client_id=%ff", "=&&="])
def test_a_query_of_anything_is_refused_on_a_page(app: Flask, query: str) -> None:
    environ = EnvironBuilder(path="/authorize").get_environ()
    environ["QUERY_STRING"] = query
    assert run_wsgi_app(app, environ)[1].startswith("400 ")


@pytest.mark.parametrize("address", ["https://app.example/\r\nSet-Cookie: a=b", "https://app.example/\x00"])
def test_an_address_ends_where_its_header_does(address: str) -> None:
    with pytest.raises(ValueError, match="control"):
        Answer.elsewhere(address)

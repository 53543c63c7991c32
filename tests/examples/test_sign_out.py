"""The end of a session at a desk: by the person, by Lanyard's logout token, by age."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.examples.conftest import Clock, submit
from tests.examples.fake_issuer import FakeIssuer

SignIn = Callable[[FlaskClient], TestResponse]


def send(desk: Flask, token: str) -> TestResponse:
    """Lanyard's own call; it has no cookie."""
    return desk.test_client().post("/backchannel-logout", data={"logout_token": token})


def is_signed_in(browser: FlaskClient) -> bool:
    return browser.get("/cases").status_code == 200


def test_signing_out_goes_on_to_lanyard(browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn) -> None:
    """OpenID Connect RP-Initiated Logout 1.0 §2."""
    sign_in(browser)
    location = submit(browser, "/cases", "/sign-out").location
    query = parse_qs(urlsplit(location).query)
    assert location.startswith(issuer.issuer + "/end-session?")
    assert query["post_logout_redirect_uri"] == ["http://localhost:8001/signed-out"]
    assert query["id_token_hint"][0].count(".") == 2
    assert "and of Lanyard" in browser.get("/signed-out", query_string={"state": query["state"][0]}).text


def test_signing_out_ends_the_session_here_whatever_happens_at_lanyard(
    browser: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(browser)
    submit(browser, "/cases", "/sign-out")
    assert not is_signed_in(browser)


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(
    desk: Flask, browser: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(browser)
    thief, name = desk.test_client(), desk.config["SESSION_COOKIE_NAME"]
    cookie = browser.get_cookie(name)
    assert cookie is not None
    thief.set_cookie(name, cookie.value)
    assert is_signed_in(thief)
    submit(browser, "/cases", "/sign-out")
    assert not is_signed_in(thief)


def test_signing_out_needs_the_forms_own_token(browser: FlaskClient, sign_in: SignIn) -> None:
    sign_in(browser)
    assert browser.post("/sign-out").status_code == 400
    assert is_signed_in(browser)


def test_a_made_up_state_does_not_claim_a_logout_at_lanyard(browser: FlaskClient, sign_in: SignIn) -> None:
    sign_in(browser)
    submit(browser, "/cases", "/sign-out")
    assert "and of Lanyard" not in browser.get("/signed-out?state=made-up").text


def test_a_logout_token_ends_the_session(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    sign_in(browser)
    answer = send(desk, issuer.logout_token())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_signed_in(browser)


def test_the_next_page_says_that_lanyard_ended_the_access_and_when(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    sign_in(browser)
    send(desk, issuer.logout_token())
    for path in ("/", "/cases", "/cases/1"):
        page = browser.get(path, follow_redirects=True)
        assert page.request.path == "/signed-out"
        assert "Your access was ended by Lanyard at 10:15<" in page.text


def test_a_day_later_it_says_the_day_too(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, clock: Clock, sign_in: SignIn
) -> None:
    sign_in(browser)
    send(desk, issuer.logout_token())
    clock.move(hours=20)
    assert "at 10:15, 1 July<" in browser.get("/", follow_redirects=True).text


def test_a_form_sent_after_the_end_changes_nothing(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    sign_in(browser)
    send(desk, issuer.logout_token())
    assert browser.post("/cases/new", data={"title": "late"}).location == "/signed-out"


def test_a_person_can_sign_in_again_after_their_access_was_ended(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, clock: Clock, sign_in: SignIn
) -> None:
    sign_in(browser)
    send(desk, issuer.logout_token())
    clock.move(seconds=1)
    sign_in(browser)
    assert is_signed_in(browser)


def test_a_logout_that_overtakes_the_sign_in_still_ends_it(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, clock: Clock, sign_in: SignIn
) -> None:
    issuer.id_token_claims = issuer.claims()
    clock.move(seconds=5)
    send(desk, issuer.logout_token())
    sign_in(browser)
    assert "Your access was ended by Lanyard" in browser.get("/cases", follow_redirects=True).text


def test_a_logout_of_the_whole_person_that_overtakes_the_sign_in_ends_it(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    send(desk, issuer.logout_token(sid=None))
    sign_in(browser)
    assert not is_signed_in(browser)


def test_a_sid_ends_only_its_own_sessions(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    """OpenID Connect Back-Channel Logout 1.0 §2.7."""
    sign_in(browser)
    send(desk, issuer.logout_token(sid="another-session"))
    assert is_signed_in(browser)


def test_a_token_without_sid_ends_every_session_of_the_sub(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    other = desk.test_client()
    sign_in(browser)
    issuer.person["sid"] = "lanyard-session-2"
    sign_in(other)
    send(desk, issuer.logout_token(sid=None))
    assert not is_signed_in(browser)
    assert not is_signed_in(other)


def test_a_token_without_sid_leaves_other_people_alone(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    sign_in(browser)
    assert send(desk, issuer.logout_token(sid=None, sub="somebody-else")).status_code == 200
    assert is_signed_in(browser)


def test_a_logout_token_is_obeyed_once(desk: Flask, issuer: FakeIssuer) -> None:
    """OpenID Connect Back-Channel Logout 1.0 §2.6, step 9."""
    token = issuer.logout_token()
    assert send(desk, token).status_code == 200
    assert send(desk, token).status_code == 400


def test_a_refused_logout_token_ends_nothing(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    """OpenID Connect Back-Channel Logout 1.0 §2.8."""
    sign_in(browser)
    answer = send(desk, issuer.logout_token(nonce="n"))
    assert answer.status_code == 400
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    assert answer.json["error"] == "invalid_request"
    assert is_signed_in(browser)


@pytest.mark.parametrize("fields", [{}, {"logout_token": ["a", "b"]}, {"logout_token": "[" * 20_000}])
def test_a_malformed_logout_request_is_refused(desk: Flask, fields: dict[str, str]) -> None:
    answer = desk.test_client().post("/backchannel-logout", data=fields)
    assert answer.status_code == 400
    assert answer.is_json


def test_keys_that_cannot_be_fetched_make_a_failure_that_lanyard_can_repeat(
    desk: Flask, issuer: FakeIssuer
) -> None:
    token = issuer.logout_token()
    issuer.broken.add("/jwks")
    assert send(desk, token).status_code == 400
    issuer.broken.clear()
    assert send(desk, token).status_code == 200


def test_a_session_ends_when_it_is_too_old(browser: FlaskClient, clock: Clock, sign_in: SignIn) -> None:
    sign_in(browser)
    clock.move(hours=7, minutes=59)
    assert is_signed_in(browser)
    clock.move(minutes=1)
    assert "end after 8 hours" in browser.get("/cases", follow_redirects=True).text


def test_a_sign_in_that_was_left_lying_for_an_hour_is_forgotten(
    browser: FlaskClient, clock: Clock, issuer: FakeIssuer
) -> None:
    back = issuer.authorize(browser.get("/sign-in").location)
    clock.move(hours=1)
    assert browser.get(back).status_code == 400

"""Signing in at a desk: the code flow as OpenID Connect Core 1.0 §3.1 asks for it, and kind refusals."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.examples.fake_issuer import FakeIssuer

SignIn = Callable[[FlaskClient], TestResponse]


def test_the_request_carries_pkce_s256_state_and_nonce(browser: FlaskClient) -> None:
    query = parse_qs(urlsplit(browser.get("/sign-in").location).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == ["http://localhost:8001/callback"]
    assert all(len(query[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))


def test_a_signed_in_person_sees_who_they_are(browser: FlaskClient, sign_in: SignIn) -> None:
    assert sign_in(browser).location == "/cases"
    page = browser.get("/cases").text
    for text in ("Amina Khan", "Zk3vQ9sub", "Caseworker", "HM Revenue &amp; Customs", "HEO"):
        assert text in page


def test_after_signing_in_the_person_is_where_they_wanted_to_be(
    browser: FlaskClient, issuer: FakeIssuer
) -> None:
    start = browser.get(browser.get("/cases?show=closed").location)
    assert browser.get(issuer.authorize(start.location)).location == "/cases?show=closed"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "/\\evil.example", "cases"])
def test_signing_in_never_ends_at_another_site(
    browser: FlaskClient, issuer: FakeIssuer, address: str
) -> None:
    start = browser.get("/sign-in", query_string={"next": address})
    assert browser.get(issuer.authorize(start.location)).location == "/cases"


def test_the_session_key_changes_at_sign_in(desk: Flask, browser: FlaskClient, issuer: FakeIssuer) -> None:
    start = browser.get("/sign-in")
    before = browser.get_cookie(desk.config["SESSION_COOKIE_NAME"])
    browser.get(issuer.authorize(start.location))
    after = browser.get_cookie(desk.config["SESSION_COOKIE_NAME"])
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_the_cookie_is_hidden_from_scripts_and_named_for_the_desk(browser: FlaskClient) -> None:
    cookie = browser.get("/sign-in").headers["Set-Cookie"]
    assert cookie.startswith("hmrc_desk_8001=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_claims_that_only_userinfo_has_are_used(
    browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    issuer.userinfo_claims = {"roles": issuer.person.pop("roles")}
    sign_in(browser)
    assert "Caseworker" in browser.get("/cases").text


def test_access_denied_is_said_in_plain_english(browser: FlaskClient, issuer: FakeIssuer) -> None:
    start = browser.get("/sign-in")
    back = issuer.authorize(
        start.location, code=None, error="access_denied", error_description="secret reason"
    )
    page = browser.get(back)
    assert page.status_code == 403
    assert "Lanyard did not let you in" in page.text
    assert "secret reason" not in page.text


@pytest.mark.parametrize("iss", [None, "https://evil.example"])
def test_an_answer_without_the_right_iss_is_refused(
    browser: FlaskClient, issuer: FakeIssuer, iss: str | None
) -> None:
    """RFC 9207 §2.4; the code is not sent to anybody."""
    page = browser.get(issuer.authorize(browser.get("/sign-in").location, iss=iss))
    assert page.status_code == 400
    assert "/token" not in issuer.asked


def test_an_answer_with_an_unknown_state_is_refused(browser: FlaskClient, issuer: FakeIssuer) -> None:
    page = browser.get(issuer.authorize(browser.get("/sign-in").location, state="made-up"))
    assert page.status_code == 400
    assert "/token" not in issuer.asked


def test_an_answer_is_no_use_in_another_browser(
    desk: Flask, browser: FlaskClient, issuer: FakeIssuer
) -> None:
    back = issuer.authorize(browser.get("/sign-in").location)
    assert desk.test_client().get(back).status_code == 400


def test_the_same_answer_does_not_work_twice(browser: FlaskClient, issuer: FakeIssuer) -> None:
    back = issuer.authorize(browser.get("/sign-in").location)
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "at+jwt"}, {}),
        ({}, {"nonce": "another"}),
        ({}, {"aud": "another-client"}),
        ({}, {"at_hash": "bm90LWl0"}),
    ],
)
def test_an_id_token_that_the_verifier_refuses_signs_nobody_in(
    browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn, header: dict[str, str], claims: dict[str, str]
) -> None:
    issuer.id_token_header |= header
    issuer.id_token_claims = claims
    page = sign_in(browser)
    assert page.status_code == 400
    assert "could not be verified" in page.text
    assert browser.get("/cases").status_code == 302


def test_userinfo_about_somebody_else_signs_nobody_in(
    browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    """OpenID Connect Core 1.0 §5.3.2."""
    issuer.userinfo_claims = {"sub": "somebody-else"}
    assert sign_in(browser).status_code == 502


def test_an_error_of_the_token_endpoint_is_a_page_without_its_words(
    browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn
) -> None:
    issuer.token_error = "invalid_grant"
    page = sign_in(browser)
    assert page.status_code == 400
    assert "script" not in page.text


@pytest.mark.parametrize("path", ["/token", "/userinfo", "/jwks"])
def test_a_provider_in_trouble_is_a_kind_page(
    browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn, path: str
) -> None:
    issuer.broken.add(path)
    page = sign_in(browser)
    assert page.status_code == 502
    assert "Lanyard did not answer" in page.text


def test_discovery_of_another_issuer_is_refused_until_it_is_mended(
    browser: FlaskClient, issuer: FakeIssuer
) -> None:
    """OpenID Connect Discovery 1.0 §4.3."""
    issuer.metadata = {"issuer": "https://evil.example"}
    assert browser.get("/sign-in").status_code == 502
    issuer.metadata = {}
    assert browser.get("/sign-in").status_code == 302


def test_an_issuer_without_pkce_s256_is_refused(browser: FlaskClient, issuer: FakeIssuer) -> None:
    issuer.metadata = {"code_challenge_methods_supported": ["plain"]}
    assert browser.get("/sign-in").status_code == 502


def test_third_party_initiated_login_of_another_issuer_is_refused(browser: FlaskClient) -> None:
    assert browser.get("/sign-in?iss=https://evil.example").status_code == 400


@pytest.mark.parametrize("claim", ["roles", "organisation"])
def test_a_person_without_a_role_or_an_organisation_is_told_so(
    browser: FlaskClient, issuer: FakeIssuer, sign_in: SignIn, claim: str
) -> None:
    issuer.person.pop(claim)
    page = sign_in(browser)
    assert page.status_code == 403
    assert "You have no role at this desk" in page.text
    assert browser.get("/cases").status_code == 302


def test_es256_can_be_selected(make_desk: Callable[..., Flask], sign_in: SignIn) -> None:
    """And then RS256, which the fake issuer signs with, is refused."""
    assert sign_in(make_desk(algorithm="ES256").test_client()).status_code == 400

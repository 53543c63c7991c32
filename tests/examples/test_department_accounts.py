"""The demonstration's sign-in of a department: what Lanyard asks of a provider, it does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from examples.department_accounts.application import create_app
from examples.department_accounts.settings import Settings, SettingsError, load_settings
from identity.federation.openid.metadata import read_metadata
from tests.examples.conftest import Clock

SETTINGS = Settings(
    issuer="http://localhost:8003",
    name="HMRC staff account",
    organisation="HMRC",
    domain="hmrc.gov.uk",
    password="demonstration-only",
    client_id="lanyard",
    client_secret="a secret",
    redirect_uri="http://localhost:8000/sign-in/departments/1/return",
    post_logout_redirect_uri="http://localhost:8000/signed-out",
    host="127.0.0.1",
    port=8003,
    secret_key="k" * 32,
    colour="#0b5c56",
)
VERIFIER = "v" * 43
ADDRESS = "zainab.yusuf@hmrc.gov.uk"


@pytest.fixture
def browser(clock: Clock) -> FlaskClient:
    return create_app(SETTINGS, clock).test_client()


def asked(**changes: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": "lanyard",
        "redirect_uri": SETTINGS.redirect_uri,
        "scope": "openid",
        "state": "a state",
        "nonce": "a nonce",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"/authorize?{urlencode(query | changes)}"


def sign_in(
    browser: FlaskClient, path: str, address: str = ADDRESS, password: str = SETTINGS.password
) -> TestResponse:
    page = browser.get(path).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None, page
    return browser.post(path, data={"csrf_token": token[1], "address": address, "password": password})


def answer(response: TestResponse) -> dict[str, str]:
    """What the browser takes back to Lanyard."""
    assert response.status_code == 303, response.text
    assert response.location.startswith(f"{SETTINGS.redirect_uri}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}


def redeem(
    browser: FlaskClient, code: str, secret: str = "a secret", verifier: str = VERIFIER
) -> TestResponse:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": SETTINGS.redirect_uri,
        "code_verifier": verifier,
    }
    return browser.post("/token", data=form, auth=("lanyard", secret))


def claims_of(browser: FlaskClient, response: TestResponse) -> dict[str, Any]:
    keys = KeySet.import_key_set(browser.get("/jwks.json").get_json())
    return dict(jwt.decode(response.get_json()["id_token"], keys, algorithms=["RS256"]).claims)


def test_lanyard_can_read_its_configuration(browser: FlaskClient) -> None:
    found = read_metadata(SETTINGS.issuer, browser.get("/.well-known/openid-configuration").get_json())
    assert found.answers_with_iss
    assert found.end_session_endpoint == "http://localhost:8003/sign-out"


def test_an_account_is_the_same_at_every_sign_in_and_says_when_it_was(
    browser: FlaskClient, clock: Clock
) -> None:
    given = answer(sign_in(browser, asked()))
    assert (given["state"], given["iss"]) == ("a state", SETTINGS.issuer)
    first = claims_of(browser, redeem(browser, given["code"]))
    assert (first["aud"], first["nonce"], first["email"]) == ("lanyard", "a nonce", ADDRESS)
    signed_in_at = int(clock().timestamp())
    clock.move(minutes=5)
    again = claims_of(browser, redeem(browser, answer(browser.get(asked()))["code"]))
    assert (again["sub"], again["auth_time"]) == (first["sub"], signed_in_at)
    other = claims_of(
        browser, redeem(browser, answer(sign_in(browser, asked(prompt="login"), "a.b@hmrc.gov.uk"))["code"])
    )
    assert other["sub"] != first["sub"]
    assert other["auth_time"] == int(clock().timestamp())


def test_who_is_asked_anew_signs_in_anew(browser: FlaskClient) -> None:
    sign_in(browser, asked())
    for again in ({"prompt": "login"}, {"max_age": "0"}):
        assert browser.get(asked(**again)).status_code == 200
    assert "code" in answer(browser.get(asked(prompt="none")))
    browser.post("/sign-out", data={"csrf_token": csrf_of(browser)})
    assert answer(browser.get(asked(prompt="none")))["error"] == "login_required"


def csrf_of(browser: FlaskClient) -> str:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/sign-out").text)
    assert token is not None
    return token[1]


@pytest.mark.parametrize(
    ("address", "password"),
    [
        ("zainab.yusuf@homeoffice.gov.uk", "demonstration-only"),
        ("@hmrc.gov.uk", "demonstration-only"),
        (ADDRESS, "wrong"),
        ("", ""),
    ],
)
def test_whoever_is_not_of_the_department_gets_no_code(
    browser: FlaskClient, address: str, password: str
) -> None:
    refused = sign_in(browser, asked(), address, password)
    assert refused.status_code == 422
    assert 'id="problem"' in refused.text
    assert address in refused.text


def test_a_code_is_good_once_for_its_client_and_a_minute(browser: FlaskClient, clock: Clock) -> None:
    codes = [answer(sign_in(browser, asked()))["code"]]
    codes += [answer(browser.get(asked()))["code"] for _ in range(3)]
    assert redeem(browser, codes[0]).status_code == 200
    assert redeem(browser, codes[0]).get_json()["error"] == "invalid_grant"
    assert redeem(browser, codes[1], secret="guessed").status_code == 401
    assert redeem(browser, codes[2], verifier="w" * 43).get_json()["error"] == "invalid_grant"
    clock.move(seconds=60)
    assert redeem(browser, codes[3]).get_json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://localhost:8000/elsewhere"},
        {"client_id": "somebody"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
    ],
)
def test_what_lanyard_would_not_ask_leads_nowhere(browser: FlaskClient, changed: dict[str, str]) -> None:
    assert browser.get(asked(**changed)).status_code == 400


def test_signing_out_leads_back_to_lanyard_alone(browser: FlaskClient) -> None:
    known = urlencode({"post_logout_redirect_uri": SETTINGS.post_logout_redirect_uri, "state": "department"})
    assert "back=1" in browser.get(f"/sign-out?{known}").text
    elsewhere = urlencode({"post_logout_redirect_uri": "https://elsewhere.example/"})
    assert "back=1" not in browser.get(f"/sign-out?{elsewhere}").text
    sent = browser.post("/sign-out?back=1&state=department", data={"csrf_token": csrf_of(browser)})
    assert sent.location == "http://localhost:8000/signed-out?state=department"


def test_settings_that_are_missing_are_named(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps({"issuer": "http://localhost:8003"}))
    with pytest.raises(SettingsError, match="does not say name"):
        load_settings(file)

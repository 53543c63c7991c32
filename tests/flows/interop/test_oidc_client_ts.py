"""npm oidc-client-ts as a single-page app, in a real browser that enforces the CORS protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.flows.interop.single_page_app import SinglePageApp, single_page_app
from tests.flows.interop.steps import go_on, sign_in
from tests.support.provider import ServedProvider, Somebody

BOTH_DATABASES = pytest.mark.parametrize("provider", ["sqlite", "postgresql"], indirect=True)

# What a page elsewhere can find out of an answer; it fails where the browser does not let it read.
READ = """async ([address, options]) => {
  try { return (await fetch(address, options)).status } catch (error) { return error.name }
}"""


@pytest.fixture
def spa(provider: ServedProvider) -> Iterator[SinglePageApp]:
    with single_page_app(provider) as app:
        yield app


@pytest.fixture
def signed_in_spa(spa: SinglePageApp, officer: Somebody, page: Page) -> dict[str, Any]:
    """What the app knows after the officer has signed in and read the notice."""
    spa.open(page)
    sign_in(page, officer)
    go_on(page)
    return spa.shown(page)


@BOTH_DATABASES
def test_it_signs_in_and_reads_userinfo(
    provider: ServedProvider, officer: Somebody, signed_in_spa: dict[str, Any]
) -> None:
    """Discovery, the code for tokens and userinfo, all from the page (OpenID Connect Core §3.1)."""
    profile = signed_in_spa["profile"]
    assert profile["iss"] == provider.issuer
    assert (profile["name"], profile["email"]) == (officer.name, officer.address)
    assert profile["roles"] == ["caseworker"]


@BOTH_DATABASES
def test_it_renews_silently_by_its_refresh_token(
    spa: SinglePageApp, signed_in_spa: dict[str, Any], page: Page
) -> None:
    spa.open(page, "/renewed")
    renewed = spa.shown(page, "/renewed")
    assert renewed["profile"]["sub"] == signed_in_spa["profile"]["sub"]
    for name in ("access_token", "refresh_token"):
        assert renewed["tokens"][name] != signed_in_spa["tokens"][name]


@BOTH_DATABASES
def test_a_refresh_token_that_was_copied_ends_everything(
    spa: SinglePageApp, signed_in_spa: dict[str, Any], page: Page
) -> None:
    """RFC 9700 §4.14.2, without a grace; the app reads the error."""
    spa.open(page, "/renewed")
    newest = spa.shown(page, "/renewed")["tokens"]["refresh_token"]
    for token in (signed_in_spa["tokens"]["refresh_token"], newest):
        spa.open(page, f"/renewed-with?refresh_token={token}")
        assert spa.shown(page, "/renewed-with")["error"] == "invalid_grant"


def test_it_gives_its_tokens_back(spa: SinglePageApp, signed_in_spa: dict[str, Any], page: Page) -> None:
    """RFC 7009."""
    spa.open(page, "/given-back")
    assert spa.shown(page, "/given-back") == {"revoked": True}
    spa.open(page, f"/renewed-with?refresh_token={signed_in_spa['tokens']['refresh_token']}")
    assert spa.shown(page, "/renewed-with")["error"] == "invalid_grant"


@BOTH_DATABASES
def test_signing_out_there_ends_the_session_at_the_provider(
    spa: SinglePageApp, signed_in_spa: dict[str, Any], page: Page
) -> None:
    spa.open(page, "/sign-out")
    assert spa.shown(page, "/signed-out") == {"state": "where I was"}
    spa.open(page, "/sign-in?prompt=none")
    assert spa.shown(page)["error"] == "login_required"


def test_a_second_sign_in_asks_nothing(spa: SinglePageApp, signed_in_spa: dict[str, Any], page: Page) -> None:
    spa.open(page, "/sign-in?prompt=none")
    assert spa.shown(page)["profile"]["sub"] == signed_in_spa["profile"]["sub"]


def test_cancelling_tells_it_access_denied(spa: SinglePageApp, officer: Somebody, page: Page) -> None:
    spa.open(page)
    sign_in(page, officer)
    page.click("#cancel")
    assert spa.shown(page)["error"] == "access_denied"


@BOTH_DATABASES
def test_its_tokens_are_good_with_its_key_alone(
    provider: ServedProvider, officer: Somebody, page: Page
) -> None:
    """RFC 9449, with a key that the browser does not give out; renewing keeps to the key."""
    with single_page_app(provider, proves=True) as spa:
        spa.open(page)
        sign_in(page, officer)
        go_on(page)
        first = spa.shown(page)
        spa.open(page, "/renewed")
        renewed = spa.shown(page, "/renewed")
        assert first["tokens"]["token_type"] == renewed["tokens"]["token_type"] == "DPoP"
        spa.open(page, "/proven")
        assert spa.shown(page, "/proven")["name"] == officer.name
        bearer = {"headers": {"Authorization": f"Bearer {renewed['tokens']['access_token']}"}}
        assert page.evaluate(READ, [f"{provider.issuer}/userinfo", bearer]) == 401


def test_a_page_elsewhere_reads_nothing_of_it(
    provider: ServedProvider, spa: SinglePageApp, signed_in_spa: dict[str, Any], page: Page
) -> None:
    """The browser itself refuses, although the page has the app's id and token."""
    token, body = signed_in_spa["tokens"]["access_token"], f"client_id={spa.client_id}&grant_type=x"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    asked: dict[str, dict[str, Any]] = {
        "/userinfo": {"headers": {"Authorization": f"Bearer {token}"}},
        "/token": {"method": "POST", "body": body, "headers": form},
    }

    def statuses() -> dict[str, Any]:
        return {path: page.evaluate(READ, [provider.issuer + path, asked[path]]) for path in asked}

    assert statuses() == {"/userinfo": 200, "/token": 400}
    with single_page_app(provider) as elsewhere:
        elsewhere.open(page, "/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert statuses() == {"/userinfo": "TypeError", "/token": "TypeError"}
        assert page.evaluate(READ, [f"{provider.issuer}/jwks.json", {}]) == 200

"""npm openid-client as the relying party, in a real browser; it verifies every answer itself."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.flows.interop.steps import confirm, go_on, sign_in
from tests.support import serving
from tests.support.node import NODE, require_package
from tests.support.provider import ServedProvider, Somebody

PROGRAM = Path(__file__).with_name("openid_client.mjs")
BOTH_DATABASES = pytest.mark.parametrize("provider", ["sqlite", "postgresql"], indirect=True)


@dataclass(frozen=True)
class RelyingParty:
    """Where it listens, and how a test reads what it shows."""

    home: str
    client_id: str

    def open(self, page: Page, path: str = "/sign-in") -> None:
        """Go to the relying party, which sends the browser on."""
        page.goto(self.home + path)

    def shown(self, page: Page, path: str = "/callback") -> dict[str, Any]:
        """The JSON that it shows, once the browser has come back to this path of it."""
        page.wait_for_url(re.compile(re.escape(self.home + path) + r"(\?|$)"))
        return dict(json.loads(page.locator("body").inner_text()))


@contextmanager
def relying_party(
    provider: ServedProvider,
    folder: Path,
    *,
    auth_method: str = "client_secret_basic",
    algorithm: str = "RS256",
) -> Iterator[RelyingParty]:
    """Register a client and run it until the block ends."""
    require_package("openid-client")
    listening = serving.listen()
    home = serving.address(listening)
    client = provider.register(
        "openid-client",
        redirect_uris=[f"{home}/callback"],
        post_logout_redirect_uris=[f"{home}/signed-out"],
        backchannel_logout_uri=f"{home}/backchannel-logout",
        token_endpoint_auth_method=auth_method,
        id_token_signed_response_alg=algorithm,
    )
    environment = {
        "PATH": os.environ["PATH"],
        "ISSUER": provider.issuer,
        "HOME": home,
        "CLIENT_ID": client.client_id,
        "CLIENT_SECRET": client.client_secret,
        "AUTH_METHOD": auth_method,
        "ALGORITHM": algorithm,
    }

    def command(descriptor: int) -> list[str]:
        return [str(NODE), str(PROGRAM), str(descriptor)]

    with serving.process(command, listening, environment, folder / "openid_client.log"):
        yield RelyingParty(home, client.client_id)


@pytest.fixture
def app(provider: ServedProvider, tmp_path: Path) -> Iterator[RelyingParty]:
    with relying_party(provider, tmp_path) as app:
        yield app


@pytest.fixture
def signed_in(app: RelyingParty, officer: Somebody, page: Page) -> dict[str, Any]:
    """The officer has signed in and read the notice; what the relying party then shows."""
    app.open(page)
    sign_in(page, officer)
    go_on(page)
    return app.shown(page)


@BOTH_DATABASES
def test_it_accepts_a_sign_in_with_the_agreed_claims(
    provider: ServedProvider, officer: Somebody, signed_in: dict[str, Any]
) -> None:
    """Signature, nonce, state, iss, at every step as openid-client demands (OpenID Connect Core §3.1.3.7)."""
    claims = signed_in["claims"]
    assert signed_in["answered_iss"] == claims["iss"] == provider.issuer
    assert claims["name"] == officer.name
    assert claims["email"] == officer.address
    assert claims["roles"] == ["caseworker"]
    assert claims["organisation"]["code"] == "HMRC"
    assert claims["grade"] == "HEO"


def test_userinfo_tells_it_the_same_of_the_same_person(signed_in: dict[str, Any]) -> None:
    userinfo = signed_in["userinfo"]
    assert userinfo.items() <= signed_in["claims"].items()
    assert userinfo["roles"] == ["caseworker"]


@BOTH_DATABASES
def test_signing_out_there_ends_the_session_at_the_provider(
    app: RelyingParty, signed_in: dict[str, Any], page: Page
) -> None:
    """RP-initiated logout comes back with its state; nobody signs in silently any more."""
    app.open(page, "/sign-out")
    assert app.shown(page, "/signed-out") == {"state_came_back": True}
    app.open(page, "/sign-in?prompt=none")
    assert app.shown(page)["error"] == "login_required"


def test_a_second_sign_in_asks_nothing(app: RelyingParty, signed_in: dict[str, Any], page: Page) -> None:
    """prompt=none with the ID token as a hint gives the same sub and auth_time."""
    app.open(page, "/sign-in?prompt=none&id_token_hint=mine")
    again = app.shown(page)["claims"]
    assert (again["sub"], again["auth_time"]) == (
        signed_in["claims"]["sub"],
        signed_in["claims"]["auth_time"],
    )


def test_prompt_login_asks_for_the_password_again(
    app: RelyingParty, signed_in: dict[str, Any], page: Page
) -> None:
    app.open(page, "/sign-in?prompt=login")
    confirm(page)
    assert app.shown(page)["claims"]["auth_time"] >= signed_in["claims"]["auth_time"]


def test_it_accepts_auth_time_when_it_asks_for_max_age(
    app: RelyingParty, signed_in: dict[str, Any], page: Page
) -> None:
    """openid-client refuses an ID token whose auth_time is missing or too long ago."""
    app.open(page, "/sign-in?max_age=10000")
    assert app.shown(page)["claims"]["auth_time"] == signed_in["claims"]["auth_time"]


def test_cancelling_at_the_notice_tells_it_access_denied(
    app: RelyingParty, officer: Somebody, page: Page
) -> None:
    app.open(page)
    sign_in(page, officer)
    page.click("#cancel")
    assert app.shown(page)["error"] == "access_denied"


def test_it_hears_no_more_than_access_denied_of_who_may_not_use_it(
    provider: ServedProvider, app: RelyingParty, page: Page
) -> None:
    """The reason stands on the provider's own page, from which the person goes back."""
    app.open(page)
    sign_in(page, provider.hire(local_grade="Contractor"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("You cannot use")
    page.click("#return")
    assert app.shown(page)["error"] == "access_denied"


def test_an_unknown_address_leads_nowhere(provider: ServedProvider, app: RelyingParty, page: Page) -> None:
    app.open(page, "/sign-in?redirect_uri=http://localhost:1/elsewhere")
    assert page.url.startswith(provider.issuer)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("auth_method", "algorithm"), [("client_secret_post", "RS256"), ("client_secret_basic", "ES256")]
)
def test_it_signs_in_by_the_other_methods_that_are_advertised(
    provider: ServedProvider, officer: Somebody, page: Page, tmp_path: Path, auth_method: str, algorithm: str
) -> None:
    with relying_party(provider, tmp_path, auth_method=auth_method, algorithm=algorithm) as app:
        app.open(page)
        sign_in(page, officer)
        go_on(page)
        assert app.shown(page)["claims"]["sub"]

"""A Django site as the relying party, by mozilla-django-oidc and by social-auth-core, in a real browser."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.flows.interop.steps import go_on, sign_in
from tests.support import serving
from tests.support.provider import ServedProvider, Somebody

SITE = "tests.flows.interop.django_site:application"


@dataclass(frozen=True)
class Library:
    """How the site signs in and out by one of the two, and what that one is called there."""

    button: str
    sign_out: str
    backend: str


MOZILLA = Library("#mozilla", "/mozilla/logout/", "mozilla_django_oidc.auth.OIDCAuthenticationBackend")
SOCIAL = Library("#social", "/social-logout", "social_core.backends.open_id_connect.OpenIdConnectAuth")
BY_BOTH = pytest.mark.parametrize("library", [MOZILLA, SOCIAL], ids=["mozilla-django-oidc", "social-auth"])


@pytest.fixture(scope="module")
def home(provider: ServedProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site."""
    folder = tmp_path_factory.mktemp("django")
    listening = serving.listen()
    home = serving.address(listening)
    environment = {"PATH": os.environ["PATH"], "ISSUER": provider.issuer, "HOME": home}
    environment["DATABASE"] = str(folder / "site.sqlite3")
    for name, callback, auth_method in (
        ("MOZILLA", "/mozilla/callback/", "client_secret_post"),
        ("SOCIAL", "/social/complete/oidc/", "client_secret_basic"),
    ):
        client = provider.register(
            name.title(),
            redirect_uris=[home + callback],
            post_logout_redirect_uris=[f"{home}/signed-out"],
            token_endpoint_auth_method=auth_method,
        )
        environment |= {f"{name}_ID": client.client_id, f"{name}_SECRET": client.client_secret}

    def command(descriptor: int) -> list[str]:
        server = [sys.executable, "-m", "gunicorn", SITE, "--no-control-socket"]
        return [*server, "--bind", f"fd://{descriptor}", "--threads", "2"]

    with serving.process(command, listening, environment, folder / "site.log"):
        yield home


def start(page: Page, home: str, library: Library) -> None:
    """Begin to sign in at the site."""
    page.goto(home)
    page.click(library.button)


def shown(page: Page, address: str) -> dict[str, Any]:
    """The JSON that the site shows, once the browser has come to this address."""
    page.wait_for_url(address)
    return dict(json.loads(page.locator("body").inner_text()))


@BY_BOTH
def test_it_knows_who_signed_in(home: str, officer: Somebody, page: Page, library: Library) -> None:
    """Each verifies ID token and nonce by the published keys, and asks userinfo for the rest."""
    start(page, home, library)
    sign_in(page, officer)
    go_on(page)
    assert shown(page, f"{home}/who") == {
        "name": officer.name if library is SOCIAL else "",
        "email": officer.address,
        "backend": library.backend,
    }


@BY_BOTH
def test_signing_out_there_signs_out_of_the_provider_too(
    home: str, officer: Somebody, page: Page, library: Library
) -> None:
    start(page, home, library)
    sign_in(page, officer)
    go_on(page)
    page.wait_for_url(f"{home}/who")
    page.goto(home + library.sign_out)
    assert shown(page, f"{home}/signed-out") == {"name": None}
    start(page, home, library)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@BY_BOTH
def test_cancelling_lets_nobody_in(home: str, officer: Somebody, page: Page, library: Library) -> None:
    start(page, home, library)
    sign_in(page, officer)
    page.click("#cancel")
    assert shown(page, f"{home}/not-signed-in**")["name"] is None

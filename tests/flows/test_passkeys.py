"""Passkeys in a real browser, with Chromium's virtual authenticator: made, used, removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.databases import fresh_database
from tests.support.provider import PASSWORD, ServedProvider, Somebody, served_provider
from tests.support.virtual_authenticator import VirtualAuthenticator


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedProvider]:
    with (
        fresh_database("sqlite") as url,
        served_provider(url, tmp_path_factory.mktemp("provider")) as provider,
    ):
        yield provider


@pytest.fixture
def somebody(provider: ServedProvider) -> Somebody:
    return provider.hire()


def with_passkey(page: Page, provider: ServedProvider, somebody: Somebody) -> VirtualAuthenticator:
    """Sign in with the password and add a passkey, as a new civil servant does."""
    device = VirtualAuthenticator.of(page)
    # Nobody touches it yet, or it would answer the sign-in page by itself.
    device.touched(by_itself=False)
    page.goto(f"{provider.issuer}/sign-in?next=/profile/sign-in-methods")
    page.fill("#address", somebody.address)
    page.fill("#password", PASSWORD)
    page.click("#sign-in")
    page.click("#add-passkey")
    device.touched(by_itself=True)
    page.fill("#name", "Work laptop")
    page.click("#create-passkey")
    expect(page.get_by_text("You can now sign in with the passkey")).to_be_visible()
    return device


def forget_session(context: BrowserContext) -> None:
    context.clear_cookies()


def test_a_passkey_is_made_and_signs_in_by_its_button(
    page: Page, provider: ServedProvider, somebody: Somebody
) -> None:
    with_passkey(page, provider, somebody)
    forget_session(page.context)
    # Where a passkey is the only way there is no field to fill in by itself.
    page.goto(f"{provider.issuer}/sign-in?level=phr&insists=1&next=/profile/sessions")
    expect(page.locator("#password")).to_have_count(0)
    page.click("#passkey-sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Where you are signed in")


def test_the_browser_fills_it_in_by_itself(page: Page, provider: ServedProvider, somebody: Somebody) -> None:
    """Autofill (conditional mediation): nobody presses anything of ours."""
    with_passkey(page, provider, somebody)
    forget_session(page.context)
    # Not until the page is loaded: by then the browser may be on its way to the next one.
    page.goto(f"{provider.issuer}/sign-in?next=/profile/sessions", wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Where you are signed in")


def test_a_holder_whom_the_device_does_not_verify_gets_nowhere(
    page: Page, provider: ServedProvider, somebody: Somebody
) -> None:
    device = with_passkey(page, provider, somebody)
    forget_session(page.context)
    device.send("setUserVerified", isUserVerified=False)
    page.goto(f"{provider.issuer}/sign-in?level=phr&insists=1&next=/profile/sessions")
    expect(page.get_by_text("Your passkey was not used")).to_be_hidden()
    page.click("#passkey-sign-in")
    expect(page.get_by_text("Your passkey was not used")).to_be_visible()


def test_a_removed_passkey_is_refused_though_the_device_still_has_it(
    page: Page, provider: ServedProvider, somebody: Somebody
) -> None:
    with_passkey(page, provider, somebody)
    page.get_by_role("link", name="Remove").click()
    page.click("#passkey-sign-in")  # a password alone may not remove it
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("You have no passkey yet")).to_be_visible()
    forget_session(page.context)
    page.goto(f"{provider.issuer}/sign-in?level=phr&insists=1")
    page.click("#passkey-sign-in")
    expect(page.get_by_text("That passkey did not work here")).to_be_visible()

"""The pages of passkeys and codes, in a real browser, looked at by axe-core."""

from __future__ import annotations

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import check_accessible
from tests.support.databases import fresh_database
from tests.support.node import require_package
from tests.support.provider import PASSWORD, ServedProvider, Somebody, served_provider


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedProvider]:
    require_package("axe-core")
    folder = tmp_path_factory.mktemp("provider")
    with fresh_database("sqlite") as url, served_provider(url, folder) as served:
        yield served


def check(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        check_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (heading, width)


def type_password(page: Page, provider: ServedProvider, who: Somebody) -> None:
    page.goto(f"{provider.issuer}/sign-in?next=/profile/sign-in-methods")
    page.fill("#address", who.address)
    page.fill("#password", PASSWORD)
    page.click("#sign-in")


def test_adding_methods(page: Page, provider: ServedProvider) -> None:
    type_password(page, provider, provider.hire())
    check(page, "How you sign in")
    page.click("#add-passkey")
    check(page, "Add a passkey")
    page.go_back()
    page.get_by_role("button", name="Set up codes").click()
    check(page, "Set up codes from an app")
    page.fill("#code", "not a code")
    page.click("#confirm-codes")
    expect(page.get_by_role("alert")).to_contain_text("The code is not right")
    check(page, "Set up codes from an app")


def test_a_stronger_sign_in_is_asked_for(page: Page, provider: ServedProvider) -> None:
    page.goto(f"{provider.issuer}/sign-in?level=phr&insists=1")
    check(page, "Sign in")
    type_password(page, provider, provider.hire())
    page.goto(f"{provider.issuer}/sign-in?level=phr&insists=1&fresh=1")
    expect(page.locator("#stronger")).to_contain_text("You have no passkey yet")
    check(page, "Confirm it is you")


def test_codes_from_turning_them_on_to_signing_in(page: Page, provider: ServedProvider) -> None:
    somebody = provider.hire()
    type_password(page, provider, somebody)
    page.get_by_role("button", name="Set up codes").click()
    page.fill("#code", pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", "")).now())
    page.click("#confirm-codes")
    check(page, "Your recovery codes")
    code = page.locator("#recovery-codes li").first.inner_text()
    page.context.clear_cookies()
    type_password(page, provider, somebody)
    check(page, "Enter the code from your app")
    page.get_by_role("link", name="Use a recovery code instead").click()
    check(page, "Enter a recovery code")
    page.fill("#code", code)
    page.click("#submit-code")
    check(page, "How you sign in")
    page.get_by_role("link", name="Turn codes off").click()
    check(page, "Turn codes off")

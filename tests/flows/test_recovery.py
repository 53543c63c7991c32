"""Somebody has lost every way in: HR, a second officer, a day of waiting, two codes, a new passkey."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import update

from app.database import transaction
from identity.recovery.models import Recovery
from identity.sign_in.passwords import set_password
from profiles.roles.models import Role
from profiles.sign_in.service import find_person_by_address
from tests.factories.people import give_role, make_employee
from tests.support.accessibility import check_accessible
from tests.support.browser import visitor
from tests.support.provider import CHEAP, PASSWORD, ServedProvider, Somebody, served_provider
from tests.support.virtual_authenticator import VirtualAuthenticator

OFFICERS = {"harriet.khan": Role.HR_OFFICER, "sita.stone": Role.SECURITY_OFFICER}


@pytest.fixture
def provider(tmp_path: Path, database_url: str) -> Iterator[ServedProvider]:
    """With an HR officer and a security officer."""
    with served_provider(database_url, tmp_path) as provider:
        now = datetime.now(UTC)
        with transaction(provider.engine) as session:
            for name, role in OFFICERS.items():
                officer = make_employee(session, now, provider.organisation, name).person_id
                give_role(session, now, officer, role, provider.organisation.id)
                set_password(session, officer, PASSWORD, now, CHEAP)
        yield provider


def test_a_lost_account_is_recovered(browser: Browser, provider: ServedProvider) -> None:
    somebody = provider.hire()
    with visitor(browser) as elsewhere:
        old = signed_in(elsewhere.new_page(), provider, somebody.address, "/profile")
        recovery = hr_begins(browser, provider, somebody)
        security_confirms(browser, provider, recovery)
        old.goto(f"{provider.issuer}/profile")
        expect(old.locator("#being-recovered")).to_be_visible()
        check(old)
        a_day_passes(provider)
        codes = [shows_code(browser, provider, name, recovery) for name in OFFICERS]
        with visitor(browser) as new_device:
            makes_a_passkey(new_device.new_page(), provider, codes)
        old.goto(f"{provider.issuer}/profile")
        expect(old.get_by_role("heading", level=1)).to_have_text("Sign in")


def hr_begins(browser: Browser, provider: ServedProvider, somebody: Somebody) -> str:
    """Returns the address of the recovery."""
    with transaction(provider.engine, writes=False) as session:
        person_id = find_person_by_address(session, somebody.address, datetime.now(UTC))
    with visitor(browser) as context:
        path = f"/people/{person_id}/sign-in"
        page = signed_in(context.new_page(), provider, "harriet.khan@hmrc.gov.uk", path)
        check(page)
        page.click("#recover")
        page.click("#request")
        expect(page.get_by_role("alert")).to_contain_text("Choose how you checked who they are")
        check(page)
        page.get_by_label("I called them back").check()
        page.click("#request")
        expect(page.get_by_text("Now a second officer checks")).to_be_visible()
        check(page)
        return page.url


def security_confirms(browser: Browser, provider: ServedProvider, recovery: str) -> None:
    with visitor(browser) as context:
        page = signed_in(context.new_page(), provider, "sita.stone@hmrc.gov.uk", "/recoveries")
        check(page)
        page.goto(recovery)
        page.click("#confirm")
        check(page)
        page.get_by_label("I met them").check()
        page.click("#confirm")
        expect(page.get_by_text("the waiting time runs")).to_be_visible()
        check(page)


def a_day_passes(provider: ServedProvider) -> None:
    with transaction(provider.engine) as session:
        session.execute(update(Recovery).values(ready_at=datetime.now(UTC)))


def shows_code(browser: Browser, provider: ServedProvider, name: str, recovery: str) -> str:
    with visitor(browser) as context:
        page = signed_in(context.new_page(), provider, f"{name}@hmrc.gov.uk", "/recoveries")
        page.goto(recovery)
        page.click("#take-code")
        check(page)
        page.get_by_role("button", name="Show my code").click()
        check(page)
        return page.locator("#code").inner_text()


def makes_a_passkey(page: Page, provider: ServedProvider, codes: list[str]) -> None:
    """From the sign-in page on, at a browser that nobody knows."""
    VirtualAuthenticator.of(page)
    page.goto(f"{provider.issuer}/sign-in/help")
    check(page)
    page.click("#use-codes")
    check(page)
    page.get_by_label("Code from one officer").fill(codes[1])
    page.get_by_label("Code from the other officer").fill(codes[0].lower())
    page.click("#use-codes")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Make a new passkey")
    check(page)
    page.click("#create-passkey")
    page.wait_for_url(f"{provider.issuer}/profile")
    page.goto(f"{provider.issuer}/profile/notices")
    expect(page.get_by_role("heading", name="Your account was recovered")).to_be_visible()


def signed_in(page: Page, provider: ServedProvider, address: str, path: str) -> Page:
    page.goto(f"{provider.issuer}/sign-in?next={path}")
    page.fill("#address", address)
    page.fill("#password", PASSWORD)
    page.click("#sign-in")
    return page


def check(page: Page) -> None:
    """On a desk and on a phone."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        check_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)

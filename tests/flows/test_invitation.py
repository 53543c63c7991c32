"""The Home Office invites an address, somebody says yes to it, and HR say whether they meant them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, select

from app.database import transaction
from identity.sign_in.passwords import set_password
from profiles.outbox.models import OutboxMessage
from profiles.roles.models import Role
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee
from tests.support.accessibility import check_accessible
from tests.support.browser import visitor
from tests.support.databases import fresh_database
from tests.support.provider import CHEAP, PASSWORD, ServedProvider, served_provider

PRIVATE = "priya@home.example"


@dataclass
class System:
    """HMRC, where she works, and the HR officer of the Home Office."""

    provider: ServedProvider
    officer: str

    def link(self) -> str:
        """What the mail to the private address leads to."""
        with transaction(self.provider.engine, writes=False) as session:
            sent = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id)))
            (body,) = [one.payload["body"] for one in sent if one.payload.get("to") == PRIVATE]
        (link,) = [word for word in body.split() if word.startswith(self.provider.issuer)]
        return str(link)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """On SQLite: the domain's tests run on both."""
    with fresh_database("sqlite") as url, served_provider(url, tmp_path) as provider:
        now = datetime.now(UTC)
        with transaction(provider.engine) as session:
            home_office = make_organisation(session, now, "HO")
            officer = make_employee(session, now, home_office, "omar.hughes").person_id
            give_role(session, now, officer, Role.HR_OFFICER, home_office.id)
            set_password(session, officer, PASSWORD, now, CHEAP)
        yield System(provider, "omar.hughes@ho.gov.uk")


def test_an_invitation_is_accepted_and_confirmed(browser: Browser, system: System) -> None:
    priya = system.provider.hire()
    with visitor(browser) as officers_browser, visitor(browser) as her_browser:
        officer = officers_browser.new_page()
        invites(officer, system)
        invitation = officer.url
        says_yes(her_browser.new_page(), system, priya.address)
        officer.goto(invitation)
        expect(officer.get_by_role("heading", level=1)).to_contain_text(f"Is {priya.name} whom you meant?")
        expect(officer.get_by_role("main")).not_to_contain_text("HMRC")
        check(officer)
        officer.get_by_role("button", name=f"Yes, it is {priya.name}").click()
        officer.wait_for_url(f"{invitation}/terms")
        expect(officer.get_by_role("main")).to_contain_text("HMRC")
        expect(officer.get_by_label("Job title")).to_have_value("Senior Caseworker")


def invites(page: Page, system: System) -> None:
    """HR type the address that she gave them; the page of the invitation is open then."""
    page.goto(f"{system.provider.issuer}/transfers/invitations/new")
    signs_in(page, system.officer)
    expect(page.get_by_label("Their e-mail address")).to_be_visible()
    check(page)
    page.get_by_label("Their e-mail address").fill(PRIVATE)
    page.get_by_label("Job title").fill("Senior Caseworker")
    page.get_by_role("button", name="Send the invitation").click()
    page.wait_for_function("/\\/invitations\\/[0-9a-f-]{36}$/.test(location.pathname)")
    check(page)


def says_yes(page: Page, system: System, address: str) -> None:
    """She opens the link of the mail, signs in as at work, and reads as whom she answers."""
    page.goto(system.link())
    check(page)
    page.get_by_role("button", name="Sign in and read it").click()
    signs_in(page, address)
    expect(page.get_by_role("button", name="Yes, I want to join")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(address)
    check(page)
    page.get_by_role("button", name="Yes, I want to join").click()
    page.wait_for_url("**/profile/transfer-code")
    expect(page.get_by_role("main")).to_contain_text("Senior Caseworker")


def signs_in(page: Page, address: str) -> None:
    page.fill("#address", address)
    page.fill("#password", PASSWORD)
    page.click("#sign-in")


def check(page: Page) -> None:
    """On a phone."""
    page.set_viewport_size({"width": 390, "height": 900})
    check_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url

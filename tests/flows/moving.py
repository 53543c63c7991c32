"""What people do on the pages of the running system to move somebody from HMRC to the Home Office today."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import visitor
from tests.support.running import Running
from tests.support.virtual_authenticator import VirtualAuthenticator


def make_transfer_code(page: Page, system: Running) -> str:
    """Whoever is signed in makes the code that lets the other department begin."""
    page.goto(f"{system.lanyard}/profile/transfer-code")
    page.get_by_role("button", name="Make a transfer code").click()
    return page.locator(".app-code").inner_text()


def prepare_at_home_office(
    browser: Browser, system: Running, code: str, name: str, clearance: str = ""
) -> str:
    """An HR officer prepares the transfer with the code, starting today; returns its address.

    The post needs ``clearance``, or none.
    """
    today = datetime.now(ZoneInfo("Europe/London")).date()
    with visitor(browser) as officers_browser:
        page = officers_browser.new_page()
        page.goto(f"{system.lanyard}/transfers/new")
        sign_in(page, system, "Omar Hughes")
        page.get_by_label("Transfer code").fill(code)
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Grade", exact=True).select_option("SEO")
        page.get_by_label("Job title").fill("Senior Caseworker")
        page.get_by_label("Employment number").fill("HO-900001")
        page.get_by_label("New work e-mail address").fill(
            f"{name.lower().replace(' ', '.')}@homeoffice.gov.uk"
        )
        page.get_by_label("Yearly salary").fill("41,000.50")
        fill_date(page, "Start date", today)
        fill_date(page, "Date of your BPSS check", today)
        page.get_by_label("Clearance that the post needs").select_option(clearance)
        page.get_by_label("new line manager").fill(system.accounts["Ines Fraser"]["address"])
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Check your answers")
        expect(page.get_by_text("£41,000.50")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("Immigration Case Desk")
        expect(page.get_by_role("main")).not_to_contain_text("Tax Case Desk")
        page.get_by_role("button", name="Prepare the transfer").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        return page.url


def does_own_part(page: Page, system: Running, transfer: str, device: VirtualAuthenticator | None) -> None:
    """The employee confirms, accepts and names a way in; who has none yet makes a passkey on this device."""
    own = f"{system.lanyard}/profile/transfers/{transfer.rpartition('/')[2]}"
    for step, button in (("details", "My details are right"), ("terms", "I accept these terms")):
        page.goto(f"{own}/{step}")
        page.get_by_role("button", name=button).click()
        page.wait_for_url(own)
    page.goto(f"{own}/first-morning")
    if device is not None:
        page.click("#make-passkey")
        page.fill("#name", "My own phone")
        page.click("#create-passkey")
    page.get_by_role("button", name="I will have this on my first morning").click()
    page.wait_for_url(own)


def name_manager(browser: Browser, system: Running, transfer: str, address: str) -> None:
    """HMRC's HR say who the line manager is, where the record does not."""
    with visitor(browser) as officers_browser:
        page = officers_browser.new_page()
        page.goto(f"{transfer}/name-manager")
        sign_in(page, system, "Harriet Khan")
        page.get_by_label("Work e-mail address of the line manager").fill(address)
        page.get_by_role("button", name="Ask them").click()
        page.wait_for_url(transfer)


def do_own_task(browser: Browser, system: Running, who: str) -> None:
    """A line manager or a security officer opens what waits for them, and does it."""
    with visitor(browser) as own_browser:
        page = own_browser.new_page()
        page.goto(f"{system.lanyard}/transfer-tasks")
        sign_in(page, system, who)
        page.locator("table a").click()
        page.wait_for_url("**/transfers/**")
        if page.locator("#password").count():
            page.fill("#password", system.accounts[who]["password"])
            page.click("#sign-in")
            page.wait_for_url("**/transfers/**")
        for confirmation in page.get_by_role("checkbox").all():
            confirmation.check()
        if page.get_by_role("radio").count():
            page.get_by_role("radio").first.check()
        page.get_by_role("button", name=re.compile("^(Confirm|Decide)$")).click()
        page.wait_for_url("**/transfer-tasks")


def approve(browser: Browser, system: Running, who: str, transfer: str, what: str, app: str) -> None:
    """An officer sees what the move does to the apps of their own organisation, and approves."""
    with visitor(browser) as officers_browser:
        page = officers_browser.new_page()
        page.goto(f"{transfer}/approve")
        sign_in(page, system, who)
        expect(page.get_by_role("heading", name=f"What {what} at your apps")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(app)
        for confirmation in page.get_by_role("checkbox").all():
            confirmation.check()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def first_pay_is_right(browser: Browser, system: Running, who: str, transfer: str) -> None:
    """Payroll takes up what it needs, and confirms that first pay, leave and pension came out right."""
    with visitor(browser) as payrolls_browser:
        page = payrolls_browser.new_page()
        page.goto(f"{transfer}/payroll")
        sign_in(page, system, who)
        page.wait_for_url("**/payroll")
        for confirmation in page.get_by_role("checkbox").all():
            confirmation.check()
        page.get_by_role("button", name="Confirm", exact=True).click()
        page.wait_for_url("**/transfer-tasks")
        page.goto(f"{transfer}/first-pay")
        for answer in page.get_by_role("radio", name="Yes", exact=True).all():
            answer.check()
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url("**/transfer-tasks")


def sign_in(page: Page, system: Running, name: str) -> None:
    """Type address and password where Lanyard asks for them."""
    account = system.accounts[name]
    page.fill("#address", account["address"])
    page.fill("#password", account["password"])
    page.click("#sign-in")


def fill_date(page: Page, legend: str, day: date) -> None:
    """The three fields of a date."""
    group = page.get_by_role("group", name=legend)
    for label, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        group.get_by_label(label).fill(str(value))

"""A loan from HMRC to the Home Office that becomes a permanent move, to its first pay, in a real browser."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.moving import approve, do_own_task, does_own_part, fill_date, first_pay_is_right, sign_in
from tests.support.browser import visitor
from tests.support.running import Running, running
from tests.support.virtual_authenticator import VirtualAuthenticator


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Running]:
    """Everything that `make run` starts, on SQLite: the domain's tests run on both."""
    with running(tmp_path, f"sqlite:///{tmp_path / 'lanyard.db'}") as system:
        yield system


def test_a_loan_that_converts(browser: Browser, system: Running) -> None:
    with visitor(browser) as her_browser:
        priya = her_browser.new_page()
        priya.goto(f"{system.lanyard}/profile")
        sign_in(priya, system, "Priya Patel")
        priya.wait_for_url("**/profile")
        loan = draft(browser, system)
        own = loan.replace("/loans/", "/profile/loans/")
        presses(priya, f"{own}/submit", "Agree and send it on", own)
        as_officer(browser, system, "Harriet Khan", loan, approves_sees("Tax Case Desk"))
        as_officer(browser, system, "Omar Hughes", loan, describes)
        as_officer(browser, system, "Olivia Ward", loan, approves_sees("Immigration Case Desk"))
        presses(priya, f"{own}/sign", "Sign", own)
        as_officer(browser, system, "Callum Reid", loan, shares)
        works_only_at_the_home_office(priya, system)

        transfer = as_officer(browser, system, "Omar Hughes", loan, keeps_her)
        does_own_part(priya, system, transfer, VirtualAuthenticator.of(priya))
        do_own_task(browser, system, "Beth Morgan")
        do_own_task(browser, system, "Callum Reid")
        approve(browser, system, "Olivia Ward", transfer, "begins", "Immigration Case Desk")
        as_officer(browser, system, "Harriet Khan", transfer, releases)
        priya.goto(own)
        expect(priya.get_by_role("main")).to_contain_text("Has moved")
        priya.goto(f"{system.lanyard}/profile")
        expect(priya.get_by_role("heading", name="Home Office Now")).to_be_visible()
        expect(priya.get_by_role("heading", name="HM Revenue & Customs Past")).to_be_visible()
        first_pay_is_right(browser, system, "Nadia Brook", transfer)
        priya.goto(transfer.replace("/transfers/", "/profile/transfers/"))
        expect(priya.get_by_role("main").locator(".govuk-tag").first).to_have_text("Completed")


def draft(browser: Browser, system: Running) -> str:
    """HMRC's HR find Priya and lend her for a year from today; returns the address of the loan."""
    today = datetime.now(ZoneInfo("Europe/London")).date()
    with visitor(browser) as officers_browser:
        page = officers_browser.new_page()
        page.goto(f"{system.lanyard}/people?q=Priya+Patel")
        sign_in(page, system, "Gethin Rees")
        page.locator("table a").click()
        page.get_by_role("link", name="Lend them to another organisation").click()
        page.get_by_label("Which organisation do they go to?").select_option("Home Office")
        fill_date(page, "Start date", today)
        fill_date(page, "Last day", today + timedelta(days=300))
        page.get_by_label("The host: the home organisation recharges it").check()
        page.get_by_label("What is the loan for?").fill("To help with a peak of asylum decisions.")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Check your answers")
        expect(page.get_by_role("main")).to_contain_text("access in HM Revenue & Customs sleeps")
        page.get_by_role("button", name="Draft the loan").click()
        page.wait_for_url("**/loans/*")
        return page.url


def presses(page: Page, address: str, button: str, then: str) -> None:
    page.goto(address)
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(then)


def as_officer(
    browser: Browser, system: Running, who: str, address: str, deed: Callable[[Page, str], None]
) -> str:
    """Somebody signs in freshly and does this; returns where they end."""
    with visitor(browser) as officers_browser:
        page = officers_browser.new_page()
        page.goto(f"{system.lanyard}/profile")
        sign_in(page, system, who)
        page.wait_for_url("**/profile")
        deed(page, address)
        return page.url


def approves_sees(app: str) -> Callable[[Page, str], None]:
    def deed(page: Page, loan: str) -> None:
        page.goto(f"{loan}/approve")
        expect(page.get_by_role("main")).to_contain_text(app)
        page.get_by_role("button", name="Approve").click()
        page.wait_for_url(loan)

    return deed


def describes(page: Page, loan: str) -> None:
    page.goto(f"{loan}/post")
    page.get_by_label("Grade", exact=True).select_option("HEO")
    page.get_by_label("Job title").fill("Caseworker")
    page.get_by_role("button", name="Save the post").click()
    page.wait_for_url(loan)


def shares(page: Page, loan: str) -> None:
    page.goto(f"{loan}/clearance")
    page.get_by_label("Yes, share it until the last day").check()
    page.get_by_role("button", name="Decide").click()
    page.wait_for_url("**/loan-tasks")


def keeps_her(page: Page, loan: str) -> None:
    """The Home Office's HR want her to stay, from today."""
    today = datetime.now(ZoneInfo("Europe/London")).date()
    page.goto(f"{loan}/stay")
    page.get_by_label("Grade", exact=True).select_option("SEO")
    page.get_by_label("Job title").fill("Senior Caseworker")
    page.get_by_label("Employment number").fill("HO-900002")
    page.get_by_label("New work e-mail address").fill("priya.patel@homeoffice.gov.uk")
    page.get_by_label("Contract", exact=True).select_option("permanent")
    page.get_by_label("Hours").fill("100")
    page.get_by_label("Yearly salary").fill("41000")
    fill_date(page, "Start date", today)
    fill_date(page, "Date of your BPSS check", today)
    page.get_by_label("Clearance that the post needs").select_option("SC")
    page.get_by_label("new line manager").fill("ines.fraser@homeoffice.gov.uk")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Prepare the move").click()
    page.wait_for_url("**/transfers/*")


def releases(page: Page, transfer: str) -> None:
    page.goto(f"{transfer}/approve")
    for confirmation in page.get_by_role("checkbox").all():
        confirmation.check()
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url(transfer)


def works_only_at_the_home_office(page: Page, system: Running) -> None:
    """The host's app lets her in; HMRC's does not while she is on loan."""
    page.goto(system.home_office)
    page.click("#sign-in")
    page.click("#continue")
    expect(page.locator("#who-name")).to_have_text("Priya Patel")
    page.goto(system.hmrc)
    page.click("#sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("You cannot use Tax Case Desk")
    expect(page.get_by_text("While you are on loan")).to_be_visible()

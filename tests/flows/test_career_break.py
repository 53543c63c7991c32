"""Somebody returns from a career break, by two officers, and the app lets them in, in a real browser."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.flows.moving import fill_date, sign_in
from tests.support.browser import visitor
from tests.support.running import Running, running


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Running]:
    """Everything that `make run` starts, on SQLite: the domain's tests run on both."""
    with running(tmp_path, f"sqlite:///{tmp_path / 'lanyard.db'}") as system:
        yield system


def test_a_return(browser: Browser, system: Running) -> None:
    with visitor(browser) as his_browser:
        rhys = his_browser.new_page()
        rhys.goto(system.hmrc)
        rhys.click("#sign-in")
        sign_in(rhys, system, "Rhys Bevan")
        expect(rhys.get_by_role("heading", level=1)).to_have_text("You cannot use Tax Case Desk")
        records_the_return(browser, system)
        approves_it(browser, system)
        rhys.goto(system.hmrc)
        rhys.click("#sign-in")
        rhys.click("#continue")
        expect(rhys.locator("#who-name")).to_have_text("Rhys Bevan")


def records_the_return(browser: Browser, system: Running) -> None:
    with visitor(browser) as officers_browser:
        page = officers_browser.new_page()
        page.goto(f"{system.lanyard}/people/breaks")
        sign_in(page, system, "Gethin Rees")
        page.get_by_role("link", name="Rhys Bevan").click()
        page.get_by_role("link", name="They return").click()
        expect(page.get_by_label("Job title")).to_have_value("Tax Specialist")
        fill_date(page, "First day back", datetime.now(ZoneInfo("Europe/London")).date())
        page.get_by_label("Where you have it from").fill("Letter")
        page.get_by_label("Reason").fill("The relative is well again")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("main")).to_contain_text("Tax Case Desk")
        page.get_by_role("button", name="Ask for approval").click()
        expect(page.get_by_role("main")).to_contain_text("it waits for a second officer")


def approves_it(browser: Browser, system: Running) -> None:
    with visitor(browser) as officers_browser:
        page = officers_browser.new_page()
        page.goto(f"{system.lanyard}/people/changes")
        sign_in(page, system, "Harriet Khan")
        page.get_by_role("link", name="Rhys Bevan").click()
        expect(page.get_by_role("main")).to_contain_text("Tax Case Desk")
        page.get_by_role("button", name="Approve and record").click()
        page.wait_for_url("**/people/changes")
        expect(page.get_by_role("main")).to_contain_text("It is recorded")

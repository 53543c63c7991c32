"""The journey: a civil servant moves from HMRC to the Home Office, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.flows.moving import (
    approve,
    do_own_task,
    does_own_part,
    first_pay_is_right,
    make_transfer_code,
    prepare_at_home_office,
    sign_in,
)
from tests.support.browser import visitor
from tests.support.running import Running, running
from tests.support.virtual_authenticator import VirtualAuthenticator

WITHIN_SECONDS = 60
"""How soon an app must have been told (DOMAIN: access cut after a change)."""


@pytest.fixture
def system(tmp_path: Path, database_url: str) -> Iterator[Running]:
    """Everything that `make run` starts, once on each kind of database."""
    with running(tmp_path, database_url) as system:
        yield system


def test_a_move_between_two_departments(browser: Browser, system: Running) -> None:
    with visitor(browser) as her_browser:
        priya = her_browser.new_page()
        sub = works_at_hmrc(priya, system)
        is_refused_at_the_home_office(priya, system)
        code = make_transfer_code(priya, system)
        transfer = prepare_at_home_office(browser, system, code, "Priya Patel", "SC")
        does_own_part(priya, system, transfer, VirtualAuthenticator.of(priya))
        do_own_task(browser, system, "Beth Morgan")
        do_own_task(browser, system, "Callum Reid")
        approve(browser, system, "Olivia Ward", transfer, "begins", "Immigration Case Desk")
        approve(browser, system, "Harriet Khan", transfer, "ends", "Tax Case Desk")
        session_ended_at_hmrc(priya, system)
        is_refused_at_hmrc(priya, system)
        assert works_at_the_home_office(priya, system) == sub
        sees_one_record_across_both(priya, system)
        starts_her_app_from_lanyard(priya, system)
        first_pay_is_right(browser, system, "Nadia Brook", transfer)
        priya.goto(transfer.replace("/transfers/", "/profile/transfers/"))
        expect(priya.get_by_role("main").locator(".govuk-tag").first).to_have_text("Completed")
        signs_in_as_her_new_department_does(priya, system)


def works_at_hmrc(page: Page, system: Running) -> str:
    """Signs in at HMRC's app through Lanyard, with a role from posting and grade; returns the sub."""
    page.goto(system.hmrc)
    page.click("#sign-in")
    sign_in(page, system, "Priya Patel")
    expect(page.get_by_role("heading", level=1)).to_have_text("What Tax Case Desk is told about you")
    page.click("#continue")
    expect(page.locator("#who-name")).to_have_text("Priya Patel")
    expect(page.locator("#who-organisation")).to_have_text("HM Revenue & Customs")
    expect(page.locator("#who-role")).to_have_text("Caseworker")
    return page.locator("#who-sub").inner_text()


def is_refused_at_the_home_office(page: Page, system: Running) -> None:
    """Lanyard's page says why and how to ask; the app learns ``access_denied`` and no more."""
    page.goto(system.home_office)
    page.click("#sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("You cannot use Immigration Case Desk")
    expect(page.get_by_text("you are posted in HM Revenue & Customs")).to_be_visible()
    expect(page.get_by_text("immigration.case.desk@homeoffice.gov.uk")).to_be_visible()
    with page.expect_request(f"{system.home_office}/callback**") as back:
        page.get_by_role("link", name="Return to Immigration Case Desk").or_(
            page.get_by_role("button", name="Return to Immigration Case Desk")
        ).click()
    assert "error=access_denied" in back.value.url
    assert "posted" not in back.value.url
    expect(page.get_by_role("heading", level=1)).to_have_text("Lanyard did not let you in")


def session_ended_at_hmrc(page: Page, system: Running) -> None:
    """Back-channel logout has ended her session at HMRC's app, which says so."""
    for _ in range(WITHIN_SECONDS * 5):
        if page.request.get(f"{system.hmrc}/cases", max_redirects=0).status != 200:
            break
        page.wait_for_timeout(200)
    page.goto(f"{system.hmrc}/cases")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your access was ended by Lanyard")


def is_refused_at_hmrc(page: Page, system: Running) -> None:
    page.click("#sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("You cannot use Tax Case Desk")


def works_at_the_home_office(page: Page, system: Running) -> str:
    """The Home Office's app opens without another sign-in, with the right role; returns the sub."""
    page.goto(system.home_office)
    page.click("#sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("What Immigration Case Desk is told about you")
    page.click("#continue")
    expect(page.locator("#who-name")).to_have_text("Priya Patel")
    expect(page.locator("#who-organisation")).to_have_text("Home Office")
    expect(page.locator("#who-role")).to_have_text("Senior caseworker")
    return page.locator("#who-sub").inner_text()


def sees_one_record_across_both(page: Page, system: Running) -> None:
    """Both employments, the clearance with its new sponsor, and pay from both employers."""
    page.goto(f"{system.lanyard}/profile")
    main = page.get_by_role("main")
    for employment in ("Home Office Now", "HM Revenue & Customs Past"):
        expect(main.get_by_role("heading", name=employment)).to_be_visible()
    expect(main).to_contain_text("SC: sponsored by Home Office")
    for salary in ("£41,000.50", "£36,840"):
        expect(main).to_contain_text(salary)


def starts_her_app_from_lanyard(page: Page, system: Running) -> None:
    """The list of her apps begins the app's own sign-in, which asks her nothing (OpenID Connect Core §4)."""
    page.request.get(f"{system.home_office}/")
    page.context.clear_cookies(name=re.compile("desk"))
    page.goto(f"{system.lanyard}/profile/apps")
    page.get_by_role("link", name="Immigration Case Desk", exact=True).click()
    expect(page.locator("#who-name")).to_have_text("Priya Patel")
    assert page.url.startswith(system.home_office)


def signs_in_as_her_new_department_does(page: Page, system: Running) -> None:
    """With the account that the Home Office gave her, once she has linked it; one at HMRC opens nothing."""
    page.goto(f"{system.lanyard}/profile/accounts")
    link = page.get_by_role("button", name="Link your Home Office staff account")
    link.click()
    # By her passkey: her password alone adds no other way in any more.
    page.click("#passkey-sign-in")
    page.wait_for_url("**/profile/accounts")
    link.click()
    enters_at_a_department(page, "priya.patel@homeoffice.gov.uk")
    expect(page.get_by_text("Your Home Office staff account now signs you in.")).to_be_visible()
    for account, address, heading in (
        ("Home Office staff account", "priya.patel@homeoffice.gov.uk", "Priya Patel"),
        ("HMRC staff account", "priya.patel@hmrc.gov.uk", "We do not know this account yet"),
    ):
        page.context.clear_cookies()
        page.goto(f"{system.lanyard}/sign-in/departments")
        page.get_by_role("button", name=account).click()
        enters_at_a_department(page, address)
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def enters_at_a_department(page: Page, address: str) -> None:
    """On the page that stands for the sign-in of the department."""
    page.wait_for_selector("#enter")
    page.fill("#address", address)
    page.fill("#password", "demonstration-only")
    page.click("#enter")

"""From the first invitation to the second department: a new civil servant, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session

from app.config import DEVELOPMENT_ENCRYPTION_KEY, Settings
from app.database import create_engine, transaction
from profiles.employments import service as employments
from profiles.employments.service import Post
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.people import service as people
from profiles.temporal import civil_date, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.flows.departments.departments import (
    django_department,
    node_department,
    sign_in_at_hmrc,
    sign_in_at_home_office,
)
from tests.flows.interop.openid_client import RelyingParty, relying_party
from tests.flows.interop.steps import go_on
from tests.flows.moving import (
    approve,
    do_own_task,
    does_own_part,
    make_transfer_code,
    name_manager,
    prepare_at_home_office,
    sign_in,
)
from tests.support.accessibility import check_accessible
from tests.support.browser import visitor
from tests.support.provider import ServedProvider
from tests.support.running import Running, running
from tests.support.virtual_authenticator import VirtualAuthenticator

NAME = "Nadia Begum"
AT_HMRC = "hmrc-0042"
AT_HOME_OFFICE = "ho-0042"


@pytest.fixture
def system(tmp_path: Path, database_url: str) -> Iterator[Running]:
    """Everything that `make run` starts, once on each kind of database."""
    with running(tmp_path, database_url) as system:
        yield system


@pytest.fixture
def provider(system: Running, database_url: str) -> Iterator[ServedProvider]:
    """The same provider, with an app for both departments, and Nadia, whom HMRC has appointed."""
    engine, now = create_engine(database_url), datetime.now(UTC)
    with transaction(engine) as session:
        hmrc, home_office = (organisations.get_by_code(session, code, now) for code in ("HMRC", "HO"))
        learning = make_app(session, now, hmrc, "Learning Hub")
        for department in (hmrc, home_office):
            make_rule(session, now, learning, organisation_id=department.id, grade_from=CommonGrade.AA)
        appoint(session, now, hmrc)
    settings = Settings(
        environment="development",
        issuer=system.lanyard,
        database_url=database_url,
        secret_key="only for this test",
        encryption_key=DEVELOPMENT_ENCRYPTION_KEY,
    )
    yield ServedProvider(system.lanyard, settings, engine, hmrc, learning)
    engine.dispose()


@pytest.fixture
def learning(provider: ServedProvider, tmp_path: Path) -> Iterator[RelyingParty]:
    """An app for everybody, and both departments' own providers."""
    now = datetime.now(UTC)
    with transaction(provider.engine) as session:
        home_office = organisations.get_by_code(session, "HO", now)
    with (
        node_department(provider, provider.organisation.id, tmp_path),
        django_department(provider, home_office.id, tmp_path, account=AT_HOME_OFFICE),
        relying_party(provider, tmp_path) as app,
    ):
        yield app


def test_a_new_civil_servant_keeps_one_account_through_a_move(
    browser: Browser, system: Running, learning: RelyingParty
) -> None:
    link = hr_invites(browser, system)
    with visitor(browser) as her_browser:
        nadia = her_browser.new_page()
        device = VirtualAuthenticator.of(nadia)
        makes_a_passkey(nadia, link)
        links_her_department(nadia, system)
        works_at(nadia, system.hmrc, "Tax Case Desk", "HM Revenue & Customs")
        sub = learns(nadia, learning)
        with forgotten(nadia, device):
            signs_in_at(nadia, learning, "HMRC account")
            sign_in_at_hmrc(nadia, AT_HMRC)
        assert learning.shown(nadia)["claims"]["sub"] == sub
        moves(browser, system, nadia)
        with forgotten(nadia, device):
            signs_in_at(nadia, learning, "Home Office account")
            sign_in_at_home_office(nadia, AT_HOME_OFFICE)
            expect(nadia.get_by_role("heading", level=1)).to_contain_text("We do not know this account yet")
            check_accessible(nadia)
        nadia.click("#passkey-sign-in")
        assert learning.shown(nadia)["claims"]["sub"] == sub
        with forgotten(nadia, device):
            signs_in_at(nadia, learning, "Home Office account")
            sign_in_at_home_office(nadia, AT_HOME_OFFICE)
        assert learning.shown(nadia)["claims"]["sub"] == sub
        works_at(nadia, system.home_office, "Immigration Case Desk", "Home Office")
        with forgotten(nadia, device):
            signs_in_at(nadia, learning, "HMRC account")
            sign_in_at_hmrc(nadia, AT_HMRC)
            expect(nadia.get_by_role("heading", level=1)).to_contain_text("We do not know this account yet")


def appoint(session: Session, now: datetime, hmrc: organisations.OrganisationView) -> None:
    """Some weeks ago; nothing signs her in yet."""
    appointed = civil_date(now - timedelta(days=45))
    given, family = NAME.split()
    person = people.create_person(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        given_names=given,
        family_name=family,
        address="nadia.begum@hmrc.gov.uk",
        organisation_id=hmrc.id,
        valid_from=start_of_day(appointed),
    )
    employments.appoint(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person.id,
        organisation_id=hmrc.id,
        number="HMRC-000042",
        starts_on=appointed,
        continuous_service_from=appointed,
        post=Post(local_grade="Higher Officer", job_title="Tax Specialist"),
    )


def hr_invites(browser: Browser, system: Running) -> str:
    """HMRC's HR finds her and gets a link for her alone; returns it."""
    with visitor(browser) as officers_browser:
        page = officers_browser.new_page()
        page.goto(f"{system.lanyard}/people?q=Begum")
        sign_in(page, system, "Harriet Khan")
        page.get_by_role("link", name="Begum, Nadia").click()
        page.get_by_role("link", name="How they sign in").click()
        check_accessible(page)
        page.click("#invite")
        check_accessible(page)
        page.get_by_role("button", name="Make the link").click()
        check_accessible(page)
        return page.locator("#link").inner_text()


def makes_a_passkey(page: Page, link: str) -> None:
    """The link signs her in once, and she needs no password."""
    page.goto(link)
    page.wait_for_url("**/passkey")
    check_accessible(page)
    page.click("#create-passkey")
    page.wait_for_url("**/profile")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NAME)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link cannot be used")


def links_her_department(page: Page, system: Running) -> None:
    page.goto(f"{system.lanyard}/profile/accounts")
    page.get_by_role("button", name="Link your HMRC account").click()
    sign_in_at_hmrc(page, AT_HMRC)
    expect(page.get_by_text("Your HMRC account now signs you in.")).to_be_visible()
    check_accessible(page)


def works_at(page: Page, home: str, app: str, organisation: str) -> None:
    """A department's app opens without another sign-in, once she has read what it is told."""
    page.goto(home)
    page.click("#sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"What {app} is told about you")
    check_accessible(page)
    page.click("#continue")
    expect(page.locator("#who-name")).to_have_text(NAME)
    expect(page.locator("#who-organisation")).to_have_text(organisation)


def learns(page: Page, learning: RelyingParty) -> str:
    """The second app opens with the same session; returns its sub."""
    learning.open(page)
    go_on(page)
    return str(learning.shown(page)["claims"]["sub"])


def signs_in_at(page: Page, app: RelyingParty, account: str) -> None:
    """From the app by the list of departments, however the browser came to the sign-in page."""
    app.open(page)
    page.click("#department")
    page.click("#list")
    check_accessible(page)
    page.get_by_role("button", name=account).click()


def moves(browser: Browser, system: Running, nadia: Page) -> None:
    """She gives the Home Office a code, which her department's account alone does not open; both agree."""
    nadia.goto(f"{system.lanyard}/profile/transfer-code")
    expect(nadia.get_by_role("heading", level=1)).to_have_text("Confirm it is you")
    check_accessible(nadia)
    nadia.click("#passkey-sign-in")
    expect(nadia.get_by_role("button", name="Make a transfer code")).to_be_visible()
    code = make_transfer_code(nadia, system)
    transfer = prepare_at_home_office(browser, system, code, NAME)
    does_own_part(nadia, system, transfer, None)
    name_manager(browser, system, transfer, "beth.morgan@hmrc.gov.uk")
    do_own_task(browser, system, "Beth Morgan")
    approve(browser, system, "Olivia Ward", transfer, "begins", "Immigration Case Desk")
    approve(browser, system, "Harriet Khan", transfer, "ends", "Tax Case Desk")


@contextmanager
def forgotten(page: Page, device: VirtualAuthenticator) -> Iterator[None]:
    """As in a browser that remembers nothing, where she leaves her device alone."""
    page.context.clear_cookies()
    device.touched(by_itself=False)
    yield
    device.touched(by_itself=True)

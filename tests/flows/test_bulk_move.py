"""DECC moves to BEIS, from the draft to the first pays, and a part of it back, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete
from sqlmodel import col
from werkzeug.serving import make_server

from app import create_app
from app.config import Settings
from app.database import transaction
from identity.sessions.cookie import cookie_name
from identity.sessions.service import start
from identity.sign_in.models import PasswordCredential
from profiles.bulk_moves.models import BulkMoveState
from profiles.roles.models import Role
from profiles.temporal import start_of_day
from tests.factories.bulk_moves import START, Moving, make_moving
from tests.factories.people import give_role, make_employee
from tests.flows.moving import fill_date
from tests.profiles.bulk_moves.test_reversing import BACK, moved
from tests.support.browser import visitor
from tests.support.databases import fresh_database
from tests.support.serving import address, listen
from tests.support.signed_in import LIMITS
from tests.support.virtual_authenticator import VirtualAuthenticator

FIRST_MORNING = start_of_day(START) + timedelta(hours=9)


@dataclass
class System:
    """The application behind a socket, with the clock of the move."""

    app: Flask
    origin: str
    moving: Moving
    payroll: UUID

    def session_of(self, person_id: UUID) -> dict[str, str]:
        """The cookie of somebody who has just signed in, at their department and with a second factor."""
        now = self.moving.now
        with transaction(self.moving.engine) as session:
            token = start(session, now, person_id=person_id, limits=LIMITS, amr=("pwd", "otp", "mfa"))
        return {"name": cookie_name(https=False), "value": token, "url": self.origin}


@pytest.fixture
def system() -> Iterator[System]:
    with fresh_database("sqlite") as url, listen() as listening:
        settings = Settings(
            environment="development",
            issuer=address(listening),
            database_url=url,
            secret_key="secret of the tests",
            encryption_key="dGVzdHMgb25seTogdGhpcnR5LXR3byBieXRlcyEhISE=",
        )
        begins = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        app = create_app(settings, clock=lambda: begins)
        moving = make_moving(app.extensions["engine"], begins)
        app.config["CLOCK"] = lambda: moving.now
        with transaction(moving.engine) as session:
            payroll = make_employee(session, begins, moving.beis, "nadia.pays").person_id
            give_role(session, begins, payroll, Role.PAYROLL_OFFICER, moving.beis.id)
            session.execute(
                delete(PasswordCredential).where(col(PasswordCredential.person_id) == moving.people[0])
            )
        server = make_server("localhost", 0, app, threaded=True, fd=listening.fileno())
        serving = Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield System(app, settings.issuer, moving, payroll)
        server.shutdown()
        serving.join()
        moving.engine.dispose()


@contextmanager
def signed_in(browser: Browser, system: System, person_id: UUID) -> Iterator[Page]:
    with visitor(browser) as context:
        context.add_cookies([system.session_of(person_id)])  # type: ignore[list-item]
        yield context.new_page()


def test_decc_moves_to_its_successor(browser: Browser, system: System) -> None:
    moving = system.moving
    move = drafts(browser, system)
    for officer, organisation in ((moving.decc_officer, "DECC"), (moving.beis_officer, "BEIS")):
        agrees(browser, system, officer, move, organisation)
    moving.work()
    with visitor(browser) as her_browser:
        her_browser.add_cookies([system.session_of(moving.people[0])])  # type: ignore[list-item]
        her = her_browser.new_page()
        makes_a_passkey_when_written_to(browser, system, move, her)
        confirms(browser, system, move)
        moving.work()
        her.goto(f"{system.origin}/profile")
        expect(her.get_by_role("main")).to_contain_text("Your work moves from")
        one_officer_asks_to_leave_somebody_out_and_another_does_not(browser, system, move)
        moving.now = FIRST_MORNING
        moving.work()
        works_at_her_new_department(her, system)
    first_pays(browser, system, move)
    assert moving.state(UUID(move.rpartition("/")[2])) is BulkMoveState.COMPLETED
    with signed_in(browser, system, moving.beis_officer) as page:
        page.goto(move)
        expect(page.get_by_role("main")).to_contain_text("Completed")
        expect(page.get_by_role("main")).to_contain_text("Has ended on 1 April 2026")
        page.get_by_role("link", name="Roles of people who move").click()
        page.wait_for_url("**/roles")
        expect(page.get_by_role("main")).to_contain_text("Not given")


def test_a_part_of_decc_goes_back(browser: Browser, system: System) -> None:
    moving = system.moving
    first = moved(moving)
    with signed_in(browser, system, moving.preparer) as page:
        page.goto(f"{system.origin}/bulk-moves/{first}")
        page.get_by_role("button", name="Move these people back").click()
        page.wait_for_url("**/back")
        fill_date(page, "Start date", BACK)
        page.get_by_role("button", name="Draft the list").click()
        page.wait_for_url(re.compile(r"/bulk-moves/[0-9a-f-]{36}$"))
        back = page.url
        expect(page.get_by_role("main")).to_contain_text("You prepared this list")
    for officer, organisation in ((moving.beis_officer, "BEIS"), (moving.decc_officer, "DECC")):
        agrees(browser, system, officer, back, organisation)
    moving.work()
    confirms(browser, system, back)
    moving.work()
    moving.now = start_of_day(BACK) + timedelta(hours=9)
    moving.work()
    with signed_in(browser, system, moving.people[1]) as hers:
        hers.goto(f"{system.origin}/profile")
        expect(hers.get_by_role("heading", name="DECC Now")).to_be_visible()
    with signed_in(browser, system, moving.decc_officer) as page:
        page.goto(f"{system.origin}/bulk-moves/{first}")
        page.get_by_role("link", name="A bulk move back").click()
        page.wait_for_url(back)
        expect(page.get_by_role("main")).to_contain_text("Waits for first pays")


def drafts(browser: Browser, system: System) -> str:
    """HR of DECC draft that everybody goes, and that DECC ends; returns the address of the move."""
    with signed_in(browser, system, system.moving.preparer) as page:
        page.goto(f"{system.origin}/bulk-moves")
        page.get_by_role("button", name="Draft a bulk move").click()
        page.wait_for_url("**/bulk-moves/new")
        page.get_by_label("Which organisation do they leave?").select_option(str(system.moving.decc.id))
        page.get_by_label("Which organisation do they join?").select_option(str(system.moving.beis.id))
        goes_on(page, "importing_organisation_id")
        fill_date(page, "Start date", START)
        goes_on(page, "start_date")
        for question, answer in (
            ("who", "Everybody"),
            ("include_subtree", "No"),
            ("addresses_go_along", "Yes"),
            ("ends_exporter", "Yes"),
            ("providers_go_along", "No"),
        ):
            page.get_by_label(answer, exact=True).check()
            goes_on(page, question)
        page.wait_for_url("**/bulk-moves/new/check?**")
        expect(page.get_by_role("main")).to_contain_text("1 April 2026")
        page.get_by_role("button", name="Draft the list").click()
        page.wait_for_url(re.compile(r"/bulk-moves/[0-9a-f-]{36}$"))
        return page.url


def goes_on(page: Page, answered: str) -> None:
    """The next page has the answer in its address."""
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"**{answered}=**")


def agrees(browser: Browser, system: System, officer: UUID, move: str, organisation: str) -> None:
    """Somebody who did not draft it sees who and what, and agrees."""
    with signed_in(browser, system, officer) as page:
        page.goto(move)
        page.get_by_role("button", name="Agree for").click()
        page.wait_for_url("**/agree?**")
        expect(page.get_by_role("heading", level=1)).to_contain_text(organisation)
        page.get_by_role("button", name="Agree", exact=True).click()
        page.wait_for_url(move)


def makes_a_passkey_when_written_to(browser: Browser, system: System, move: str, her: Page) -> None:
    """Who has no way in that stays theirs is set apart, written to, makes one, and is ready then."""
    moving = system.moving
    with signed_in(browser, system, moving.preparer) as page:
        page.goto(move)
        expect(page.get_by_role("main")).to_contain_text("They have no way to sign in that stays theirs")
        page.get_by_role("button", name="Write to those who lack a way to sign in").click()
        expect(page.get_by_text("Mails sent: 1")).to_be_visible()
    VirtualAuthenticator.of(her)
    her.goto(f"{system.origin}/profile/sign-in-methods")
    her.click("#add-passkey")
    her.fill("#name", "My own phone")
    her.click("#create-passkey")
    expect(her.get_by_text("You can now sign in with the passkey")).to_be_visible()
    with signed_in(browser, system, moving.preparer) as page:
        page.goto(move)
        page.get_by_role("button", name="Look again at who is set apart").click()
        expect(page.get_by_text("looked at again within a minute")).to_be_visible()
    moving.now += timedelta(minutes=2)
    moving.work()


def confirms(browser: Browser, system: System, move: str) -> None:
    with signed_in(browser, system, system.moving.beis_officer) as page:
        page.goto(move)
        page.get_by_role("button", name="Confirm the move").click()
        page.wait_for_url("**/confirm")
        expect(page.get_by_role("main")).not_to_contain_text("Set apart")
        page.get_by_role("button", name="Confirm the move").click()
        page.wait_for_url(move)


def one_officer_asks_to_leave_somebody_out_and_another_does_not(
    browser: Browser, system: System, move: str
) -> None:
    with signed_in(browser, system, system.moving.decc_officer) as page:
        page.goto(f"{move}/people")
        page.get_by_role("row").filter(has_text="DECC-mover.number2").get_by_role("link").click()
        page.wait_for_url("**/leave-out")
        page.get_by_label("Reason").fill("The archive asks for them.")
        page.get_by_role("button", name="Ask to leave out").click()
        page.wait_for_url("**/people?state=leaving_out")
    with signed_in(browser, system, system.moving.beis_officer) as page:
        page.goto(move)
        page.get_by_role("link", name="Waiting for a second officer").click()
        page.wait_for_url("**/people?state=leaving_out")
        page.get_by_role("link", name="Decide").click()
        page.wait_for_url("**/left-out")
        expect(page.get_by_role("main")).to_contain_text("The archive asks for them.")
        page.get_by_role("button", name="They move with the others").click()
        page.wait_for_url("**/people?state=scheduled")


def works_at_her_new_department(her: Page, system: System) -> None:
    """On the first morning the passkey of her own lets her in, and her record is one."""
    her.context.clear_cookies()
    her.goto(f"{system.origin}/sign-in?level=phr&insists=1&next=/profile")
    her.click("#passkey-sign-in")
    her.wait_for_url("**/profile")
    for employment in ("BEIS Now", "DECC Past"):
        expect(her.get_by_role("heading", name=employment)).to_be_visible()


def first_pays(browser: Browser, system: System, move: str) -> None:
    """Payroll says whose first pay is wrong, that the others are right, and that it is right then."""
    with signed_in(browser, system, system.payroll) as page:
        page.goto(f"{system.origin}/bulk-moves/first-pays")
        page.get_by_role("main").locator("table a").click()
        page.wait_for_url(f"{move}/first-pays")
        row = page.get_by_role("row").filter(has_text="DECC-mover.number1")
        row.get_by_role("link", name="Record").click()
        answer(page, "Yes", "Yes", "No, it is being put right")
        expect(page.get_by_text("It stays listed here until everything is right.")).to_be_visible()
        page.get_by_role("button", name="All the others are right").click()
        expect(page.get_by_text("Their first pay, leave and pension are confirmed.")).to_be_visible()
        page.get_by_role("link", name="Record").click()
        answer(page, "Yes", "Yes", "Yes")
        expect(page.get_by_text("First pay, leave and pension are right.")).to_be_visible()


def answer(page: Page, *answers: str) -> None:
    """Whether first pay, leave and pension are right, in this order."""
    expect(page.get_by_role("group")).to_have_count(3)
    for group, said in zip(page.get_by_role("group").all(), answers, strict=True):
        group.get_by_label(said, exact=True).check()
    page.get_by_role("button", name="Record").click()

"""An owner registers a client by themselves, in a real browser, and what they are given works."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.support.accessibility import check_accessible
from tests.support.databases import fresh_database
from tests.support.running import Running, free_ports, running

OWNER = "Aled Price"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Everything that `make run` starts."""
    with (
        fresh_database("sqlite") as url,
        running(tmp_path_factory.mktemp("var"), url) as system,
    ):
        yield system


def sign_in(page: Page, system: Running) -> None:
    account = system.accounts[OWNER]
    page.fill("#address", account["address"])
    page.fill("#password", account["password"])
    page.click("#sign-in")


def open_app(page: Page, system: Running) -> None:
    """The owner's way to the page of their app."""
    page.goto(f"{system.lanyard}/apps")
    sign_in(page, system)
    page.get_by_role("link", name="Tax Case Desk").click()


def register(page: Page, redirect_uri: str) -> dict[str, str]:
    """Answers every question; returns the configuration that the last page shows."""
    page.get_by_role("button", name="Make a client").click()
    page.get_by_label("A web app with a server of its own").check()
    page.get_by_role("button", name="Continue").click()
    page.fill("#redirect_uris", redirect_uri)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("With a secret, in the Authorization header").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Make the client").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The client is made")
    lines = page.locator("#configuration").inner_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line)


def test_a_client_that_its_owner_made_signs_people_in(page: Page, system: Running) -> None:
    open_app(page, system)
    redirect_uri = f"http://127.0.0.1:{free_ports(1)[0]}/callback"
    made = register(page, redirect_uri)
    page.get_by_role("link", name="Go to the client").click()
    page.get_by_role("link", name="Try a sign-in").click()
    page.get_by_text("The whole address, and its verifier").click()
    verifier = page.locator(".govuk-details__text code").last.inner_text()
    with page.expect_request(f"{redirect_uri}**") as back:
        page.get_by_role("button", name="Follow the example").click()
        if page.locator("#continue").count():
            page.click("#continue")
    code = parse_qs(urlsplit(back.value.url).query)["code"][0]
    answer = requests.post(
        f"{system.lanyard}/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        },
        auth=(made["OIDC_CLIENT_ID"], made["OIDC_CLIENT_SECRET"]),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    assert "id_token" in answer.json()


def test_the_pages_of_an_owner_can_be_used_by_everybody(page: Page, system: Running) -> None:
    open_app(page, system)
    check_accessible(page)
    redirect_uri = f"http://127.0.0.1:{free_ports(1)[0]}/callback"
    register(page, redirect_uri)
    check_accessible(page)
    page.get_by_role("link", name="Go to the client").click()
    client = page.url
    for step in ("", "/addresses", "/rotate", "/test", "/errors", "/disable"):
        page.goto(f"{client}{step}")
        check_accessible(page)
    page.goto(f"{client}/addresses")
    page.fill("#redirect_uris", "http://elsewhere.example/")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 1")
    check_accessible(page)

"""The pages on the way into an app, in a real browser, wide and narrow, looked at by axe-core."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from app.database import transaction
from identity.clients.images import Image
from identity.clients.logos import keep
from identity.clients.service import ClientCredentials
from tests.factories.images import png
from tests.support.accessibility import check_accessible
from tests.support.databases import fresh_database
from tests.support.provider import PASSWORD, ServedProvider, Somebody, served_provider

HOME = "http://localhost:9"
WIDTHS = (1280, 390)
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedProvider]:
    folder = tmp_path_factory.mktemp("provider")
    with fresh_database("sqlite") as url, served_provider(url, folder) as served:
        yield served


@pytest.fixture(scope="module")
def client(provider: ServedProvider) -> ClientCredentials:
    """A client with everything that can be shown of one; nobody listens at its address."""
    logo = f"{HOME}/logo.png"
    credentials = provider.register(
        "Casework",
        redirect_uris=[f"{HOME}/callback"],
        logo_uri=logo,
        policy_uri=f"{HOME}/privacy",
        tos_uri=f"{HOME}/terms",
    )
    with transaction(provider.engine) as session:
        image = Image("image/png", png(96, 48))
        keep(session, credentials.client_id, logo, image, provider.department_app.created_at)
    return credentials


@pytest.fixture
def asked(page: Page, provider: ServedProvider, client: ClientCredentials) -> Page:
    """The client has sent somebody here; what it is answered goes nowhere, so that the page stays."""
    page.route(f"{HOME}/**", lambda route: route.fulfill(status=204))
    query = {
        "client_id": client.client_id,
        "redirect_uri": f"{HOME}/callback",
        "response_type": "code",
        "response_mode": "form_post",
        "scope": "openid profile",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    page.goto(f"{provider.issuer}/authorize?{urlencode(query)}")
    return page


def sign_in(page: Page, who: Somebody, password: str = PASSWORD) -> None:
    page.fill("#address", who.address)
    page.fill("#password", password)
    page.click("#sign-in")


def check(page: Page, heading: str) -> None:
    """No rule broken that axe-core knows of, and nothing to scroll sideways for."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        check_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (heading, width)


def test_signing_in(asked: Page, provider: ServedProvider) -> None:
    logo = asked.get_by_alt_text("Logo of Casework")
    expect(logo).to_be_visible()
    assert logo.evaluate("image => image.complete && image.naturalWidth") == 96
    check(asked, "Sign in")


def test_a_sign_in_that_is_refused(asked: Page, provider: ServedProvider) -> None:
    sign_in(asked, provider.hire(), "not the password")
    expect(asked.get_by_role("alert")).to_contain_text("not right")
    expect(asked.locator("#continue-to")).to_contain_text("Casework")
    check(asked, "Sign in")


def test_the_notice_and_the_page_that_returns(asked: Page, provider: ServedProvider) -> None:
    sign_in(asked, provider.hire())
    expect(asked.locator("#app-documents a")).to_have_count(2)
    check(asked, "What Casework is told about you")
    asked.click("#continue")
    check(asked, "Returning to Casework")


def test_cancelling_the_notice(asked: Page, provider: ServedProvider) -> None:
    sign_in(asked, provider.hire())
    asked.click("#cancel")
    check(asked, "Returning to Casework")


def test_a_refusal(asked: Page, provider: ServedProvider) -> None:
    sign_in(asked, provider.hire(local_grade="Contractor"))
    check(asked, "You cannot use Casework")

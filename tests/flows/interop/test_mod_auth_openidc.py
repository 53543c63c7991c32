"""Debian's Apache with mod_auth_openidc as the relying party, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.flows.interop.apache import Apache, apache, require_apache
from tests.flows.interop.steps import go_on, sign_in
from tests.support.provider import ServedProvider, Somebody


@pytest.fixture(scope="module")
def department(provider: ServedProvider) -> Iterator[Apache]:
    """An Apache that protects its pages with the provider."""
    require_apache()
    with apache(provider) as running:
        yield running


@pytest.fixture
def signed_in(department: Apache, officer: Somebody, page: Page) -> Page:
    """The page that the officer wanted to see, after signing in."""
    page.goto(department.casework)
    sign_in(page, officer)
    go_on(page)
    expect(page).to_have_url(department.casework)
    return page


def test_a_protected_page_knows_the_claims_of_who_signed_in(
    provider: ServedProvider, officer: Somebody, signed_in: Page
) -> None:
    """mod_auth_openidc verifies the ID token and hands its claims to the page."""
    expect(signed_in.locator("#issuer")).to_have_text(provider.issuer)
    expect(signed_in.locator("#name")).to_have_text(officer.name)
    expect(signed_in.locator("#email")).to_have_text(officer.address)
    expect(signed_in.locator("#roles")).to_have_text("caseworker")
    expect(signed_in.locator("#sub")).not_to_be_empty()


@pytest.mark.parametrize(("role", "status"), [("caseworkers", 200), ("managers", 401)])
def test_its_pages_may_ask_for_a_role(department: Apache, signed_in: Page, role: str, status: int) -> None:
    answer = signed_in.goto(department.page_for(role))
    assert answer is not None
    assert answer.status == status


def test_signing_out_there_signs_out_of_the_provider_too(department: Apache, signed_in: Page) -> None:
    """RP-initiated logout leads back to the app's own page; its pages then ask for the password again."""
    signed_in.goto(department.sign_out)
    expect(signed_in).to_have_url(re.compile(re.escape(department.signed_out)))
    signed_in.goto(department.casework)
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_signing_out_of_the_provider_ends_the_session_there(
    provider: ServedProvider, department: Apache, signed_in: Page
) -> None:
    """The module accepts the logout token and lets go of the session that it names."""
    signed_in.goto(f"{provider.issuer}/end-session")
    signed_in.click("#sign-out")
    provider.deliver_logouts()
    signed_in.goto(department.casework)
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_without_the_logout_token_it_would_stay_signed_in(
    provider: ServedProvider, department: Apache, signed_in: Page
) -> None:
    signed_in.goto(f"{provider.issuer}/end-session")
    signed_in.click("#sign-out")
    signed_in.goto(department.casework)
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Casework")

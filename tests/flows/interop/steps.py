"""What a person does on the provider's pages, whatever relying party sent them."""

from playwright.sync_api import Page, expect

from tests.support.provider import PASSWORD, Somebody


def sign_in(page: Page, who: Somebody) -> None:
    """Type address and password where the provider asks for them."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.fill("#address", who.address)
    page.fill("#password", PASSWORD)
    page.click("#sign-in")


def go_on(page: Page) -> None:
    """Read the notice of what the app is told, and go on."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("is told about you")
    page.click("#continue")


def confirm(page: Page) -> None:
    """Type the password again where the provider asks who is signed in already."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm it is you")
    page.fill("#password", PASSWORD)
    page.click("#sign-in")

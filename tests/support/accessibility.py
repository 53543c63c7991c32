"""What axe-core finds on a page: the rules of WCAG that a machine can check."""

from playwright.sync_api import Page

from tests.support.node import PACKAGES, require_package


def check_accessible(page: Page) -> None:
    """Fail with every rule that the page breaks, and where; skip where axe-core is not installed."""
    require_package("axe-core")
    # Evaluated by the browser's debugger, which the page's content security policy does not bind.
    page.evaluate((PACKAGES / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(result => result.violations)")
    faults = [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]
    assert not faults, f"{page.url}\n" + "\n".join(faults)

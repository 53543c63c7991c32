"""What axe-core finds on a page: the rules of WCAG that a machine can check."""

from collections.abc import Sequence
from functools import cache

from playwright.sync_api import Page

from tests.support.node import PACKAGES, require_package

FIND = """axe.run({resultTypes: ['violations']}).then(
    found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html)}`)
)"""
"""For a page that knows axe-core: every rule that it breaks, and where."""


def check_accessible(page: Page) -> None:
    """Fail with every rule that the page breaks, and where; skip where axe-core is not installed."""
    teach(page)
    check_none(page.evaluate(FIND), page.url)


def teach(page: Page) -> None:
    """Let the page know axe-core; skip where it is not installed."""
    # Evaluated by the browser's debugger, which the page's content security policy does not bind.
    page.evaluate(_axe_core())


def check_none(faults: Sequence[str], where: str) -> None:
    """Fail with these, if there are any."""
    assert not faults, f"{where}\n" + "\n".join(faults)


@cache
def _axe_core() -> str:
    require_package("axe-core")
    return (PACKAGES / "axe-core" / "axe.min.js").read_text()

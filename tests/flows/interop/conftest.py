"""The served provider, shared by the tests of a file: each has its own client and people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.flows.interop.openid_client import RelyingParty, relying_party
from tests.flows.interop.steps import go_on, sign_in
from tests.support.databases import fresh_database
from tests.support.provider import ServedProvider, Somebody, served_provider


@pytest.fixture(scope="module", params=["sqlite"])
def provider(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedProvider]:
    """A running provider; on SQLite, or on the kinds of database that a test names as its parameters."""
    folder = tmp_path_factory.mktemp("provider")
    with fresh_database(request.param) as url, served_provider(url, folder) as served:
        yield served


@pytest.fixture
def officer(provider: ServedProvider) -> Somebody:
    """Somebody who may use the app and never did."""
    return provider.hire()


@pytest.fixture
def app(provider: ServedProvider, tmp_path: Path) -> Iterator[RelyingParty]:
    """A relying party of the test's own, run by openid-client."""
    with relying_party(provider, tmp_path) as app:
        yield app


@pytest.fixture
def signed_in(app: RelyingParty, officer: Somebody, page: Page) -> dict[str, Any]:
    """The officer has signed in there and read the notice; what the relying party then shows."""
    app.open(page)
    sign_in(page, officer)
    go_on(page)
    return app.shown(page)

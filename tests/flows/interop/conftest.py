"""The served provider, shared by the tests of a file: each has its own client and people."""

from collections.abc import Iterator

import pytest

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

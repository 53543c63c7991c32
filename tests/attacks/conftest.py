"""The provider under attack, on each kind of database, and addresses of everything that it serves."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.identity.endpoints.provider import Clock, Provider


@pytest.fixture
def provider(database_url: str, now: datetime) -> Iterator[Provider]:
    """A provider with an app, its client and a person who may use it; nobody is signed in yet."""
    provider = Provider(database_url, Clock(now))
    yield provider
    provider.engine.dispose()

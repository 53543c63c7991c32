"""The provider, and the whole application with a move in it, for requests that nobody thought of."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.app.conftest import app, move, settings
from tests.identity.endpoints.provider import Clock, Provider

__all__ = ["app", "move", "settings"]


@pytest.fixture
def provider(database_url: str, now: datetime) -> Iterator[Provider]:
    """A provider with an app, its client and a person who may use it."""
    provider = Provider(database_url, Clock(now))
    yield provider
    provider.engine.dispose()

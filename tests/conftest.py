"""The few fixtures that every test may use; those of one feature live beside its tests."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from sqlmodel import Session

from app.database import create_engine, open_session
from tests.support.browser import chromium, visitor
from tests.support.databases import TestRun, fresh_database
from tests.support.looked_at import HOW_TO_MARK, looked_at
from tests.support.remembering import remember

__all__ = ["looked_at"]

_TEST_RUN = pytest.StashKey[TestRun]()
_BEGUN = pytest.StashKey[int]()
_TESTS_BETWEEN = 20
"""So often; what a few applications leave is soon looked at, and a full look takes a second later on."""


def pytest_configure(config: pytest.Config) -> None:
    remember()
    config.addinivalue_line("markers", HOW_TO_MARK)
    if not hasattr(config, "workerinput"):  # xdist's workers share what the run's first process began
        config.stash[_TEST_RUN] = TestRun()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that is collected goes, so that nobody looks for what has gone."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        _keep_what_is_there()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Between two tests nothing is left of the one before but what all of them share."""
    begun = item.config.stash[_BEGUN] = item.config.stash.get(_BEGUN, 0) + 1
    if begun % _TESTS_BETWEEN == 0:
        _keep_what_is_there()


def _keep_what_is_there() -> None:
    """It stays to the end: the garbage collector need not look at a million objects again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _TEST_RUN in config.stash:
        config.stash[_TEST_RUN].end()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database of the test's own; the test runs once on each kind."""
    with fresh_database(request.param) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that may write, on the test's own database; what the test did not commit is rolled back."""
    with open_session(engine, writes=True) as session:
        yield session


@pytest.fixture
def now() -> datetime:
    """The moment at which tests happen: Monday 2 March 2026, nine in the morning in London."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of one new visitor; a test with several people opens a `visitor(browser)` for each."""
    with visitor(browser) as context:
        yield context.new_page()

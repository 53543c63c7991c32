"""What a sign-in asks of the database: no more statements than today, and no commit that it does not need."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from profiles.employments.models import Posting
from profiles.temporal import end
from tests.factories.organisations import PROVENANCE
from tests.identity.endpoints.provider import Provider
from tests.support.statements import prepared_statements


@dataclass
class Asked:
    """What one request asked of the database."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@pytest.fixture
def watch(provider: Provider) -> Callable[[], Any]:
    @contextmanager
    def watch() -> Iterator[Asked]:
        asked = Asked()

        def on_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                asked.statements.append(statement)

        def on_commit(_connection: Any) -> None:
            asked.commits += 1

        event.listen(provider.engine, "before_cursor_execute", on_statement)
        event.listen(provider.engine, "commit", on_commit)
        with prepared_statements(asked.statements):
            yield asked
        asked.commits += asked.statements.count("COMMIT")
        asked.statements = [statement for statement in asked.statements if statement != "COMMIT"]
        event.remove(provider.engine, "before_cursor_execute", on_statement)
        event.remove(provider.engine, "commit", on_commit)

    return watch


@pytest.fixture
def used_before(provider: Provider) -> Provider:
    """A session that has been at the app once: everything that is written once, or remembered, is there."""
    provider.sign_in()
    assert provider.userinfo(provider.tokens()["access_token"]).status_code == 200
    return provider


def test_a_code_takes_one_short_look_and_one_commit(used_before: Provider, watch: Callable[[], Any]) -> None:
    with watch() as asked:
        used_before.code()
    assert (len(asked.statements) <= 7, asked.commits) == (True, 1), asked.statements


def test_tokens_take_one_commit(used_before: Provider, watch: Callable[[], Any]) -> None:
    code = used_before.code()
    with watch() as asked:
        assert used_before.redeem(code).status_code == 200
    assert (len(asked.statements) <= 5, asked.commits) == (True, 1), asked.statements


def test_userinfo_writes_nothing_that_the_log_has(used_before: Provider, watch: Callable[[], Any]) -> None:
    token = used_before.tokens()["access_token"]
    with watch() as asked:
        assert used_before.userinfo(token).status_code == 200
    assert (len(asked.statements) <= 4, asked.commits) == (True, 0), asked.statements


def test_userinfo_writes_down_the_first_release_to_a_session(
    provider: Provider, watch: Callable[[], Any]
) -> None:
    provider.sign_in()
    token = provider.tokens()["access_token"]
    with watch() as asked:
        assert provider.userinfo(token).status_code == 200
    assert asked.commits == 1
    assert any(statement.startswith("INSERT INTO disclosures") for statement in asked.statements)


def test_a_person_is_read_every_time(used_before: Provider) -> None:
    """What processes remember holds nothing about people: a posting that ends is seen by the next request."""
    token = used_before.tokens()["access_token"]
    with transaction(used_before.engine) as session:
        posting = session.execute(select(Posting)).scalar_one()
        end(session, posting, used_before.now, used_before.now, PROVENANCE)
    response: TestResponse = used_before.userinfo(token)
    assert response.status_code == 401

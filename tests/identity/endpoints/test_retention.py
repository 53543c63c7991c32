"""Sessions and grants that are over are forgotten, and none that still has something to revoke."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel, func, select

from app.database import transaction
from app.forgetting import Forgetting
from identity.clients.token_metadata import TokenMetadata
from identity.sessions.models import LoginSession, SessionClient
from identity.sessions.retention import BEGINNING, forget_grants, forget_sessions
from identity.sessions.service import end
from identity.tokens.models import Grant, RefreshToken
from tests.identity.endpoints.provider import SCOPE, Provider, refused_token

REFRESHING = TokenMetadata(grant_types=("authorization_code", "refresh_token"))
LIFETIME = timedelta(days=30)


@pytest.fixture(autouse=True)
def signed_in(provider: Provider) -> None:
    provider.client = provider.another_client(tokens=REFRESHING)
    provider.sign_in()


def forget(provider: Provider) -> None:
    """What a worker does that starts now."""
    Forgetting(provider.engine, LIFETIME).turn(provider.now)


def count(provider: Provider, model: type[SQLModel]) -> int:
    with transaction(provider.engine) as session:
        return session.exec(select(func.count()).select_from(model)).one()


def offline(provider: Provider) -> dict[str, Any]:
    return provider.tokens(scope=f"{SCOPE} offline_access")


def test_a_grant_is_forgotten_a_day_after_its_code_expired(provider: Provider) -> None:
    provider.tokens()
    provider.code()
    provider.clock.forward(hours=24, seconds=59)
    forget(provider)
    assert count(provider, Grant) == 2
    provider.clock.forward(seconds=1)
    forget(provider)
    assert count(provider, Grant) == 0


def test_a_code_that_comes_back_still_revokes_its_tokens(provider: Provider) -> None:
    """Checklist 13, for as long as an access token lives and longer."""
    code = provider.code()
    token = provider.redeem(code).json["access_token"]
    provider.clock.forward(minutes=4)
    forget(provider)
    refused_token(provider.redeem(code), "invalid_grant")
    assert provider.userinfo(token).status_code == 401


def test_a_forgotten_code_is_refused_as_an_unknown_one(provider: Provider) -> None:
    code = provider.code()
    provider.redeem(code)
    provider.clock.forward(days=2)
    forget(provider)
    refused_token(provider.redeem(code), "invalid_grant")


def test_a_grant_stays_while_a_refresh_token_of_it_is_remembered(provider: Provider) -> None:
    """RFC 9700 §4.14.2: one that comes back revokes the family, weeks later too."""
    first = offline(provider)["refresh_token"]
    for _ in range(3):
        provider.clock.forward(days=5)
        second = provider.refresh(first).json["refresh_token"]
        forget(provider)
        first, spent = second, first
    provider.clock.forward(minutes=1)  # past the grace for a lost answer
    refused_token(provider.refresh(spent), "invalid_grant")
    refused_token(provider.refresh(first), "invalid_grant")


def test_it_goes_when_its_last_refresh_token_does(provider: Provider) -> None:
    offline(provider)
    provider.clock.forward(days=7 + 30)
    forget(provider)
    assert (count(provider, RefreshToken), count(provider, Grant)) == (0, 0)


def test_a_session_is_forgotten_thirty_days_after_it_expired(provider: Provider) -> None:
    provider.tokens()
    provider.clock.forward(days=30, hours=11, minutes=59)
    forget(provider)
    assert (count(provider, LoginSession), count(provider, SessionClient)) == (1, 1)
    provider.clock.forward(minutes=1)
    forget(provider)
    assert (count(provider, LoginSession), count(provider, SessionClient)) == (0, 0)


def test_a_session_that_was_ended_is_counted_from_then(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        end(session, session.exec(select(LoginSession.id)).one(), provider.now, "Signed out")
    provider.clock.forward(days=30)
    forget(provider)
    assert count(provider, LoginSession) == 0


def test_a_session_stays_while_an_app_can_refresh_by_it(provider: Provider) -> None:
    """Else the app would hear nothing when access ends."""
    token = offline(provider)["refresh_token"]
    for _ in range(7):
        provider.clock.forward(days=4)
        token = provider.refresh(token).json["refresh_token"]
    provider.clock.forward(days=4)
    forget(provider)
    assert (count(provider, LoginSession), count(provider, SessionClient), count(provider, Grant)) == (
        1,
        1,
        1,
    )


@pytest.mark.parametrize(("step", "model"), [(forget_grants, Grant), (forget_sessions, LoginSession)])
def test_a_full_page_says_where_to_go_on(provider: Provider, step: Any, model: type[SQLModel]) -> None:
    for name in ("ann.ash", "bob.birch", "cat.cedar"):
        provider.sign_in(provider.another_person(name))
        if model is Grant:
            provider.code()
    provider.clock.forward(days=60)
    place, left = BEGINNING, []
    while place is not None:
        with transaction(provider.engine) as session:
            place = step(session, provider.now, place, 2)
        left.append(count(provider, model))
    assert left[-1] == 0
    assert len(left) >= 2


def test_what_is_young_ends_a_round(provider: Provider) -> None:
    for _ in range(3):
        provider.code()
    with transaction(provider.engine) as session:
        assert forget_grants(session, provider.now, BEGINNING, 2) is None

"""No kind of token outlives the next known change of access, whoever it is for and however it was had."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from app.database import transaction
from identity.clients.token_metadata import TokenMetadata
from identity.tokens.models import OpaqueAccessToken
from profiles.apps.models import AccessRule
from tests.identity.endpoints.provider import SCOPE, Provider

API = "https://api.hmrc.example/cases"
SECONDS = 90
OFFLINE = f"{SCOPE} offline_access"


@pytest.fixture(params=["jwt", "opaque"])
def provider_of_format(provider: Provider, request: pytest.FixtureRequest) -> Provider:
    """A client with tokens of this format, and a rule that lets its person in for ninety seconds more."""
    provider.another_client(tokens=TokenMetadata(serves=[API]))
    provider.client = provider.another_client(
        tokens=TokenMetadata(
            grant_types=("authorization_code", "refresh_token"),
            resources=[API],
            access_token_format=request.param,
        )
    )
    provider.sign_in()
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(valid_to=provider.now + timedelta(seconds=SECONDS)))
    return provider


def check(provider: Provider, tokens: dict[str, Any], left: int) -> None:
    """All that came has so many seconds left, by what we say and by what we keep."""
    assert tokens["expires_in"] == left
    end = provider.now + timedelta(seconds=left)
    if "id_token" in tokens:
        claims = provider.verified(tokens["id_token"], provider.client.client_id)
        assert claims["exp"] == int(end.timestamp())
    with Session(provider.engine) as session:
        assert all(kept <= end for kept in session.exec(select(OpaqueAccessToken.expires_at)))
    provider.clock.forward(seconds=left)
    told = provider.ask_about("/introspect", tokens["access_token"]).json
    assert told == {"active": False}


def test_what_a_code_gives(provider_of_format: Provider) -> None:
    check(provider_of_format, provider_of_format.tokens(), SECONDS)


def test_what_is_for_another_service(provider_of_format: Provider) -> None:
    check(provider_of_format, provider_of_format.tokens(resource=API), SECONDS)


def test_what_a_refresh_token_gives(provider_of_format: Provider) -> None:
    first = provider_of_format.tokens(scope=OFFLINE)
    provider_of_format.clock.forward(seconds=30)
    refreshed = provider_of_format.refresh(first["refresh_token"])
    assert refreshed.status_code == 200, refreshed.text
    check(provider_of_format, dict(refreshed.json or {}), SECONDS - 30)

"""An app that has not confirmed that it ended old access gets no new tokens; what it has goes on."""

from typing import Any

import pytest
from sqlalchemy import update

from app.database import transaction
from identity.clients.token_metadata import TokenMetadata
from profiles.apps.models import AccessRule, App
from tests.app.page_checks import check_page
from tests.identity.endpoints.provider import SCOPE, Provider, answer, basic, refused_token

TOKENS = TokenMetadata(
    grant_types=("authorization_code", "refresh_token", "client_credentials"),
    service_scopes=("people.read",),
)


@pytest.fixture(autouse=True)
def signed_in(provider: Provider) -> None:
    provider.client = provider.another_client(tokens=TOKENS)
    provider.sign_in()


def stop(provider: Provider, *, stopped: bool = True) -> None:
    with transaction(provider.engine) as session:
        session.execute(update(App).values(tokens_stopped_at=provider.now if stopped else None))


def service_token(provider: Provider) -> Any:
    return provider.post("/token", {"grant_type": "client_credentials"}, headers=basic(provider.client))


@pytest.mark.looks_at("authorization/stopped.html")
def test_the_person_reads_why_and_the_app_learns_no_more_than_ever(provider: Provider) -> None:
    stop(provider)
    page = provider.authorize()
    assert page.status_code == 403
    check_page(page.text)
    assert "Casework has not confirmed that it ended old access" in page.text
    assert answer(provider.authorize(prompt="none"))["error"] == "access_denied"


def test_who_may_not_use_the_app_reads_that_instead(provider: Provider) -> None:
    stop(provider)
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(superseded_at=provider.now))
    assert "has not confirmed" not in provider.authorize().text


def test_a_code_is_good_again_once_the_app_has_answered(provider: Provider) -> None:
    code = provider.code()
    stop(provider)
    refused_token(provider.redeem(code), "unauthorized_client")
    stop(provider, stopped=False)
    assert provider.redeem(code).status_code == 200


def test_a_refresh_token_is_not_spent_by_being_refused(provider: Provider) -> None:
    """``invalid_grant`` would make the app throw it away."""
    token = provider.tokens(scope=f"{SCOPE} offline_access")["refresh_token"]
    stop(provider)
    refused_token(provider.refresh(token), "unauthorized_client")
    refused_token(provider.refresh(token), "unauthorized_client")
    stop(provider, stopped=False)
    assert provider.refresh(token).status_code == 200


def test_a_service_of_the_app_gets_none_either(provider: Provider) -> None:
    assert service_token(provider).status_code == 200
    stop(provider)
    refused_token(service_token(provider), "unauthorized_client")


def test_what_the_app_has_already_goes_on_to_its_end(provider: Provider) -> None:
    token = provider.tokens()["access_token"]
    stop(provider)
    assert provider.userinfo(token).status_code == 200

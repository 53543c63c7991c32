"""From an app through the sign-in pages and back, each page's own form sent as it stands."""

from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from app.database import transaction
from identity.sign_in.passwords import PasswordCost, set_password
from tests.identity.endpoints.provider import ISSUER, Provider, answer

ADDRESS, PASSWORD = "priya.patel@hmrc.gov.uk", "otters swim at dawn"


@pytest.fixture(autouse=True)
def _has_password(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        set_password(session, provider.person_id, PASSWORD, provider.now, PasswordCost(1, 8))


def follow(provider: Provider, response: TestResponse) -> TestResponse:
    """Follow a redirect that stays at the provider."""
    assert response.status_code == 303, response.text
    location = response.headers["Location"]
    assert not urlsplit(location).netloc, location
    return provider.get(location)


def test_signing_in_leads_back_to_the_app_with_a_code(provider: Provider) -> None:
    page = follow(provider, provider.authorize(login_hint=ADDRESS))
    assert f'value="{ADDRESS}"' in page.text
    signed_in = provider.submit(page, address=ADDRESS, password=PASSWORD)
    code = answer(follow(provider, signed_in))["code"]
    assert provider.redeem(code).status_code == 200


def test_the_sign_in_forms_policy_lets_the_browser_follow_to_the_app(provider: Provider) -> None:
    """Chromium applies form-action to every redirect after the form."""
    page = follow(provider, provider.authorize())
    assert "form-action 'self' https://casework.example;" in page.headers["Content-Security-Policy"]


def test_a_wrong_password_keeps_the_way_back(provider: Provider) -> None:
    page = follow(provider, provider.authorize())
    again = provider.submit(page, address=ADDRESS, password="wrong")
    assert again.status_code == 422
    signed_in = provider.submit(again, address=ADDRESS, password=PASSWORD)
    assert answer(follow(provider, signed_in))["code"]


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_person_who_is_signed_in_confirms_and_auth_time_advances(
    provider: Provider, changes: dict[str, str]
) -> None:
    """OpenID Connect Core §3.1.2.1; checklist 9. It is still one session, with the same sid."""
    provider.sign_in()
    before = provider.id_token_claims()
    provider.clock.forward(minutes=5)
    page = follow(provider, provider.authorize(**changes))
    provider.clock.forward(seconds=20)
    code = answer(follow(provider, provider.submit(page, password=PASSWORD)))["code"]
    after = provider.verified(provider.redeem(code).json["id_token"], provider.client.client_id)
    assert after["auth_time"] == before["auth_time"] + 320
    assert (after["sub"], after["sid"]) == (before["sub"], before["sid"])


def test_signing_out_at_the_app_means_signing_in_again(provider: Provider) -> None:
    provider.sign_in()
    hint = provider.tokens()["id_token"]
    signed_out = follow(provider, provider.get("/end-session", {"id_token_hint": hint}))
    assert signed_out.status_code == 200
    page = follow(provider, provider.authorize())
    assert 'id="password"' in page.text
    assert page.request.url.startswith(f"{ISSUER}/sign-in")

"""Apps on a person's device (RFC 8252): where they are answered, and never without the person's doing."""

import pytest
from werkzeug.test import TestResponse

from identity.clients.service import ClientCredentials
from tests.identity.endpoints.provider import VERIFIER, Provider, answer, refused_token

LOOPBACK = "http://127.0.0.1/callback"
LOOPBACK_6 = "http://[::1]/callback"
SCHEME = "uk.gov.example.casework:/callback"
CLAIMED = "https://casework.example/app"
ADDRESSES = [
    pytest.param(LOOPBACK, "http://127.0.0.1:51004/callback", id="loopback"),
    pytest.param(LOOPBACK_6, "http://[::1]:51004/callback", id="loopback-6"),
    pytest.param(SCHEME, SCHEME, id="scheme"),
]


@pytest.fixture(autouse=True)
def app(provider: Provider) -> ClientCredentials:
    provider.sign_in()
    provider.client = provider.another_client(
        token_endpoint_auth_method="none",
        application_type="native",
        redirect_uris=[LOOPBACK, LOOPBACK_6, SCHEME, CLAIMED],
        sector_identifier="casework.example",
    )
    return provider.client


def go_on(provider: Provider, page: TestResponse, uri: str) -> str:
    """Press the button of the page; the code that the app then gets."""
    assert page.status_code == 200, page.text
    assert 'id="on-this-device"' in page.text
    return answer(provider.submit(page, **{"continue": "1"}), uri)["code"]


@pytest.mark.parametrize(("registered", "asked"), ADDRESSES)
def test_the_person_goes_on_from_a_page_each_time(provider: Provider, registered: str, asked: str) -> None:
    """RFC 8252 §8.6, although they have read the notice before: no program signs in behind their back."""
    for _ in range(2):
        code = go_on(provider, provider.authorize(redirect_uri=asked), asked)
        body = {
            "grant_type": "authorization_code",
            "client_id": provider.client.client_id,
            "code": code,
            "redirect_uri": asked,
            "code_verifier": VERIFIER,
        }
        assert provider.post("/token", body).status_code == 200


@pytest.mark.parametrize(("registered", "asked"), ADDRESSES)
def test_the_form_may_lead_there(provider: Provider, registered: str, asked: str) -> None:
    """Chromium applies form-action to redirects; CSP can name no IPv6 address."""
    policy = provider.authorize(redirect_uri=asked).headers["Content-Security-Policy"]
    allowed = {LOOPBACK: "http://127.0.0.1:51004", LOOPBACK_6: "http:", SCHEME: "uk.gov.example.casework:"}
    assert f"form-action 'self' {allowed[registered]};" in policy


@pytest.mark.parametrize(("registered", "asked"), ADDRESSES)
def test_nobody_is_signed_in_silently(provider: Provider, registered: str, asked: str) -> None:
    """RFC 8252 §8.6; OpenID Connect Core §3.1.2.6."""
    assert answer(provider.authorize(redirect_uri=asked, prompt="none"), asked)["error"] == (
        "interaction_required"
    )


def test_a_silent_request_does_not_say_whether_somebody_is_signed_in(provider: Provider) -> None:
    provider.browser = provider.new_browser()
    refused = answer(provider.authorize(redirect_uri=SCHEME, prompt="none"), SCHEME)
    assert refused["error"] == "interaction_required"


def test_a_confidential_native_app_is_no_exception(provider: Provider) -> None:
    """RFC 8252 §8.5: a secret that is shipped with an app is none."""
    provider.client = provider.another_client(application_type="native", redirect_uris=[SCHEME])
    refused = answer(provider.authorize(redirect_uri=SCHEME, prompt="none"), SCHEME)
    assert refused["error"] == "interaction_required"


def test_an_https_address_that_the_app_has_claimed_is_answered_at_once(provider: Provider) -> None:
    """RFC 8252 §8.6: the operating system has proved whose it is."""
    assert "code" in answer(provider.authorize(redirect_uri=CLAIMED, prompt="none"), CLAIMED)


def test_cancelling_tells_the_app(provider: Provider) -> None:
    page = provider.authorize(redirect_uri=SCHEME)
    assert answer(provider.submit(page, cancel="1"), SCHEME)["error"] == "access_denied"


def test_a_code_is_bound_to_the_port_that_asked_for_it(provider: Provider) -> None:
    """RFC 6749 §4.1.3: another program on another port has another address."""
    asked = "http://127.0.0.1:51004/callback"
    code = go_on(provider, provider.authorize(redirect_uri=asked), asked)
    body = {
        "grant_type": "authorization_code",
        "client_id": provider.client.client_id,
        "code": code,
        "redirect_uri": asked.replace("51004", "51005"),
        "code_verifier": VERIFIER,
    }
    refused_token(provider.post("/token", body), "invalid_grant")

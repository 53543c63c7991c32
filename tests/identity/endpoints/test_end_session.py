"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0; checklist 19)."""

from collections.abc import Mapping

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.sessions.cookie import cookie_name
from identity.sessions.models import SessionClient
from profiles.outbox.models import OutboxMessage
from tests.app.page_checks import check_page
from tests.identity.endpoints.provider import AFTER_LOGOUT, ISSUER, Provider, answer


@pytest.fixture
def hint(provider: Provider) -> str:
    """An ID token of the session in the browser."""
    provider.sign_in()
    token: str = provider.tokens()["id_token"]
    return token


def end(provider: Provider, **parameters: str) -> TestResponse:
    return provider.get("/end-session", parameters)


def confirm(provider: Provider, page: TestResponse) -> TestResponse:
    """Press the button of the confirmation page."""
    assert page.status_code == 200
    check_page(page.text)
    assert 'id="sign-out"' in page.text
    return provider.submit(page)


def is_signed_in(provider: Provider) -> bool:
    return "code" in answer(provider.authorize(prompt="none"))


def sent_to(response: TestResponse) -> str:
    assert response.status_code == 303, response.text
    return str(response.headers["Location"])


def logouts(provider: Provider) -> list[Mapping[str, str]]:
    with transaction(provider.engine) as session:
        return [message.payload for message in session.exec(select(OutboxMessage)).all()]


def test_a_valid_hint_signs_out_and_returns_with_the_state(provider: Provider, hint: str) -> None:
    """§2 and §3."""
    response = end(provider, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT, state="a b&c")
    assert sent_to(response) == f"{AFTER_LOGOUT}?state=a+b%26c"
    assert not is_signed_in(provider)


def test_no_state_is_returned_when_none_was_sent(provider: Provider, hint: str) -> None:
    response = end(provider, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT)
    assert sent_to(response) == AFTER_LOGOUT


def test_an_expired_hint_is_good(provider: Provider, hint: str) -> None:
    """§2: it SHOULD be accepted when its exp has passed."""
    provider.clock.forward(minutes=50)
    assert sent_to(end(provider, id_token_hint=hint)) == "/signed-out"
    assert not is_signed_in(provider)


def test_the_session_really_ends_even_for_who_kept_the_cookie(provider: Provider, hint: str) -> None:
    kept = provider.browser.get_cookie(cookie_name(https=True), domain="id.example")
    assert kept
    end(provider, id_token_hint=hint)
    provider.browser.set_cookie(kept.key, kept.value, domain="id.example", secure=True)
    assert not is_signed_in(provider)


def test_every_app_of_the_session_is_told(provider: Provider, hint: str) -> None:
    """Back-Channel Logout §2.3: through the outbox, with the sub and sid of each."""
    other = provider.another_client(redirect_uris=["https://other.example/cb"])
    provider.authorize(client_id=other.client_id, redirect_uri="https://other.example/cb")
    with transaction(provider.engine) as session:
        parts = {(part.client_id, part.sub, part.sid) for part in session.exec(select(SessionClient)).all()}
    end(provider, id_token_hint=hint)
    told = {(payload["client_id"], payload["sub"], payload["sid"]) for payload in logouts(provider)}
    assert told == parts
    assert len(told) == 2


def test_post_works_as_get_does(provider: Provider, hint: str) -> None:
    """§2."""
    body = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT, "state": "s"}
    assert sent_to(provider.post("/end-session", body)) == f"{AFTER_LOGOUT}?state=s"
    assert not is_signed_in(provider)


def test_a_post_without_the_cookie_is_asked_again_by_get(provider: Provider, hint: str) -> None:
    """From another site a post comes without a SameSite cookie; the GET that follows has it."""
    response = provider.app.test_client().post("/end-session", data={"id_token_hint": hint}, base_url=ISSUER)
    again = sent_to(response)
    assert again.startswith("/end-session?id_token_hint=")
    provider.get(again)
    assert not is_signed_in(provider)


@pytest.mark.looks_at("end_session/confirm.html")
def test_without_parameters_it_asks_and_then_signs_out(provider: Provider, hint: str) -> None:
    """§2: the person is asked, so that no other site can sign people out."""
    page = end(provider)
    assert is_signed_in(provider)
    assert sent_to(confirm(provider, page)) == "/signed-out"
    assert not is_signed_in(provider)


def test_without_a_hint_there_is_no_redirect(provider: Provider, hint: str) -> None:
    """§3: even where the client and its address are right."""
    page = end(
        provider, client_id=provider.client.client_id, post_logout_redirect_uri=AFTER_LOGOUT, state="s"
    )
    assert "Casework asks to sign you out" in page.text
    assert sent_to(confirm(provider, page)) == "/signed-out"


def test_another_site_cannot_confirm(provider: Provider, hint: str) -> None:
    response = provider.post("/end-session/confirm", {}, headers={"Referer": "https://evil.example/"})
    assert response.status_code == 400
    assert is_signed_in(provider)


def test_a_hint_of_another_session_makes_us_ask(provider: Provider, hint: str) -> None:
    """§2: the hint's person is not who is signed in here."""
    provider.sign_in(provider.another_person())
    page = end(provider, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT)
    assert is_signed_in(provider)
    assert sent_to(confirm(provider, page)) == AFTER_LOGOUT


def test_its_form_may_lead_to_where_the_client_wants_the_person_back(provider: Provider, hint: str) -> None:
    """Chromium applies form-action to redirects too."""
    provider.sign_in(provider.another_person())
    page = end(provider, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT)
    assert "form-action 'self' https://casework.example;" in page.headers["Content-Security-Policy"]


def test_its_form_leads_nowhere_else_for_who_shows_no_hint(provider: Provider, hint: str) -> None:
    page = end(provider, client_id=provider.client.client_id, post_logout_redirect_uri=AFTER_LOGOUT)
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]


def test_nobody_signed_in_is_signed_out_already(provider: Provider, hint: str) -> None:
    end(provider, id_token_hint=hint)
    response = end(provider, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT)
    assert sent_to(response) == AFTER_LOGOUT
    assert sent_to(end(provider)) == "/signed-out"


@pytest.mark.parametrize(
    "uri",
    [
        f"{AFTER_LOGOUT}?x=1",
        f"{AFTER_LOGOUT}/",
        "https://evil.example/bye",
        "https://casework.example/callback",
        "https://casework.example@evil.example/bye",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_not_exactly_registered_is_an_error(
    provider: Provider, hint: str, uri: str
) -> None:
    """§3: exactly; and nothing is done for a request that is not to be believed."""
    response = end(provider, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert is_signed_in(provider)


@pytest.mark.parametrize("forgery", ["none", "altered", "garbage", "access token"])
def test_a_hint_that_we_did_not_sign_is_an_error(provider: Provider, forgery: str) -> None:
    """Checklist 19: ``alg`` none refused."""
    provider.sign_in()
    tokens = provider.tokens()
    header, payload, signature = tokens["id_token"].split(".")
    forged = {
        "none": f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.",
        "altered": f"{header}.{payload}.{'A' * 8}{signature[8:]}",
        "garbage": "x",
        "access token": tokens["access_token"],
    }[forgery]
    response = end(provider, id_token_hint=forged, post_logout_redirect_uri=AFTER_LOGOUT)
    assert response.status_code == 400
    assert is_signed_in(provider)


def test_a_client_id_that_is_not_the_hints_is_an_error(provider: Provider, hint: str) -> None:
    """§2."""
    other = provider.another_client()
    assert end(provider, id_token_hint=hint, client_id=other.client_id).status_code == 400
    assert is_signed_in(provider)


@pytest.mark.looks_at("end_session/invalid.html")
def test_a_parameter_sent_twice_is_an_error(provider: Provider, hint: str) -> None:
    response = provider.get("/end-session", [("id_token_hint", hint), ("id_token_hint", hint)])
    assert response.status_code == 400


@pytest.mark.parametrize("client_id", ["\x00", "unknown", "ü" * 100])
def test_an_unknown_client_is_asked_about_without_a_name(
    provider: Provider, hint: str, client_id: str
) -> None:
    page = end(provider, client_id=client_id)
    assert page.status_code == 200
    assert "asks to sign you out" not in page.text


def test_the_page_of_a_refused_request_still_lets_the_person_sign_out(provider: Provider, hint: str) -> None:
    page = end(provider, id_token_hint="x")
    check_page(page.text)
    assert 'action="/sign-out"' in page.text


@pytest.mark.parametrize("state", ["\r\nSet-Cookie: a=b", "ü\x00", "s" * 128])
def test_a_state_stays_one_parameter(provider: Provider, hint: str, state: str) -> None:
    response = end(provider, id_token_hint=hint, post_logout_redirect_uri=AFTER_LOGOUT, state=state)
    location = sent_to(response)
    assert location.startswith(f"{AFTER_LOGOUT}?state=")
    assert location.isascii()
    assert "\n" not in location

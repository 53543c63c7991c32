"""The answer as a form that the browser posts (OAuth 2.0 Form Post Response Mode)."""

import re
from html import unescape

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.database import transaction
from profiles.apps.models import AccessRule
from tests.app.page_checks import check_page
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, Provider, answer


def posted(page: TestResponse, redirect_uri: str = REDIRECT_URI) -> dict[str, str]:
    """What the page's one form takes to the client, and to nobody else."""
    check_page(page.text)
    (form,) = re.findall(r'<form action="([^"]+)" method="post"[^>]*>(.*?)</form>', page.text, re.DOTALL)
    assert unescape(form[0]) == redirect_uri
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1])
    assert form[1].count("name=") == len(fields)
    return {name: unescape(value) for name, value in fields}


def form_action(page: TestResponse) -> list[str]:
    policy = page.headers["Content-Security-Policy"]
    return next(rule.split()[1:] for rule in policy.split("; ") if rule.startswith("form-action"))


def test_the_answer_is_a_form_to_the_client_and_in_no_address(provider: Provider) -> None:
    """§2; with iss (RFC 9207 §2) and the state as it was sent."""
    provider.sign_in()
    page = provider.authorize(response_mode="form_post", state="<\"&'ü>")
    assert page.status_code == 200
    assert "Location" not in page.headers
    fields = posted(page)
    assert set(fields) == {"code", "state", "iss"}
    assert (fields["state"], fields["iss"]) == ("<\"&'ü>", ISSUER)
    assert provider.redeem(fields["code"]).status_code == 200


def test_nobody_keeps_the_page(provider: Provider) -> None:
    """§2 asks that it be not cached."""
    provider.sign_in()
    page = provider.authorize(response_mode="form_post")
    assert page.headers["Cache-Control"] == "no-store"


def test_the_form_may_lead_to_the_client_alone_and_every_script_has_the_nonce(provider: Provider) -> None:
    provider.sign_in()
    page = provider.authorize(response_mode="form_post")
    assert form_action(page) == ["'self'", "https://casework.example"]
    (nonce,) = re.findall(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"])
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert scripts
    assert all(f'nonce="{nonce}"' in script for script in scripts)


@pytest.mark.looks_at("authorization/form_post.html")
def test_without_scripts_there_is_a_button(provider: Provider) -> None:
    provider.sign_in()
    page = provider.authorize(response_mode="form_post")
    assert re.search(r'<button type="submit" id="continue"[^>]*>Continue</button>', page.text)


def test_a_registered_query_survives(provider: Provider) -> None:
    """RFC 6749 §3.1.2."""
    uri = "https://casework.example/cb?tenant=b&x=1"
    client = provider.another_client(redirect_uris=[uri])
    provider.sign_in()
    page = provider.authorize(client_id=client.client_id, redirect_uri=uri, response_mode="form_post")
    assert set(posted(page, uri)) == {"code", "state", "iss"}


def test_errors_come_by_form_too(provider: Provider) -> None:
    """RFC 6749 §4.1.2.1; a state that was not sent is not returned."""
    page = provider.authorize(response_mode="form_post", prompt="none", state=None)
    fields = posted(page)
    assert set(fields) == {"error", "error_description", "iss"}
    assert fields["error"] == "login_required"


def test_from_a_refusal_the_person_goes_back_by_form(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        session.execute(update(AccessRule).values(superseded_at=provider.now))
    provider.sign_in()
    page = provider.authorize(response_mode="form_post")
    assert page.status_code == 403
    assert posted(page)["error"] == "access_denied"
    assert form_action(page) == ["'self'", "https://casework.example"]
    assert 'id="return"' in page.text


@pytest.mark.parametrize("mode", ["fragment", "form_post.jwt", "FORM_POST", "web_message", "form_post "])
def test_an_unknown_mode_is_refused_in_the_default_one(provider: Provider, mode: str) -> None:
    """Multiple Response Types §2.1; the front channel carries no fragment here."""
    provider.sign_in()
    assert answer(provider.authorize(response_mode=mode))["error"] == "invalid_request"


def test_a_mode_sent_twice_is_not_believed(provider: Provider) -> None:
    pairs = [*provider.request(response_mode="form_post").items(), ("response_mode", "form_post")]
    assert answer(provider.get("/authorize", pairs))["error"] == "invalid_request"

"""Who and what exists is not to be found out by trying."""

import re
from html import unescape

from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.service import ClientCredentials, disable
from tests.factories.organisations import INITIATOR
from tests.identity.endpoints.provider import ISSUER, Provider, basic

ADDRESS = "priya.patel@hmrc.gov.uk"
"""Of the person who may use the app."""


def told(response: TestResponse) -> tuple[int, str, str | None]:
    return response.status_code, response.text, response.headers.get("WWW-Authenticate")


def test_an_unknown_client_looks_like_a_wrong_secret(provider: Provider) -> None:
    """At every endpoint where clients prove themselves."""
    disabled = provider.another_client()
    with transaction(provider.engine) as session:
        disable(session, provider.now, INITIATOR, disabled.client_id)
    wrong = [
        ClientCredentials(provider.client.client_id, "wrong"),
        ClientCredentials("unknown", "wrong"),
        disabled,
    ]
    for path in ("/token", "/par", "/introspect", "/revoke"):
        answers = {told(provider.post(path, {"token": "x"}, headers=basic(client))) for client in wrong}
        assert len(answers) == 1, path
        assert next(iter(answers))[0] == 401


def test_an_unknown_registration_looks_like_a_wrong_token(provider: Provider) -> None:
    """RFC 7592 §2.1: 401 for both."""
    headers = {"Authorization": "Bearer wrong"}
    for method in ("GET", "PUT", "DELETE"):
        answers = {
            told(provider.browser.open(f"/register/{name}", method=method, headers=headers, base_url=ISSUER))
            for name in (provider.client.client_id, "unknown")
        }
        assert len(answers) == 1, method
        assert next(iter(answers))[0] == 401


def test_an_unknown_token_looks_like_another_clients(provider: Provider) -> None:
    """Introspection says no more than inactive (RFC 7662 §2.2)."""
    provider.sign_in()
    access_token = provider.tokens()["access_token"]
    stranger = provider.another_client()
    answers = {
        told(provider.ask_about("/introspect", token, stranger)) for token in (access_token, "unknown")
    }
    assert len(answers) == 1


def test_a_hint_does_not_say_whether_somebody_exists(provider: Provider) -> None:
    """``login_hint`` is written into the form, whoever it names."""
    pages = set()
    for hint in (ADDRESS, "nobody.here@hmrc.gov.uk"):
        page = provider.get("/sign-in", {"login_hint": hint})
        assert page.status_code == 200
        same = re.sub(r'(nonce|value|content)="[^"]*"|Reference: \S+', "", unescape(page.text))
        same = re.sub(r'"challenge": ?"[^"]*"', "", same)
        pages.add(same.replace(hint, ""))
    assert len(pages) == 1

"""Cross-site request forgery and clickjacking, on everything that is served."""

import re

import pytest

from tests.attacks.addresses import SAFE, UNSAFE, served
from tests.identity.endpoints.provider import ISSUER, Provider

FROM_ELSEWHERE = {"Origin": "https://attacker.example", "Referer": "https://attacker.example/"}
# Programs call these, with proof of who they are or of nothing at all: none believes a cookie alone.
FOR_PROGRAMS = {
    *("authorization", "pushed_authorization", "token", "userinfo", "introspection", "revocation"),
    *("end_session", "register", "change_registration", "delete_registration", "hear_of_sign_out"),
    "send_records",
}


def is_for_programs(endpoint: str) -> bool:
    return endpoint.rpartition(".")[2] in FOR_PROGRAMS


def test_only_what_programs_call_does_without_a_token(provider: Provider) -> None:
    """A new exemption must be thought about, and named here."""
    exempt = {name.rpartition(".")[2] for name in provider.app.extensions["csrf"]._exempt_views}
    assert exempt == FOR_PROGRAMS
    assert not provider.app.extensions["csrf"]._exempt_blueprints


def test_nothing_that_changes_is_done_without_the_token_of_our_forms(provider: Provider) -> None:
    provider.sign_in()
    for method, path, rule in served(provider.app, UNSAFE):
        if is_for_programs(rule.endpoint):
            continue
        answer = provider.browser.open(path, method=method, base_url=ISSUER, headers=FROM_ELSEWHERE)
        assert answer.status_code == 400, (method, path, answer.status_code)
        assert "did not come from our own pages" in answer.text, path


def test_the_token_of_another_visitor_is_worth_nothing(provider: Provider) -> None:
    """An attacker has a browser too, and forms in it."""
    theirs = provider.new_browser().get("/sign-in", base_url=ISSUER).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', theirs)
    assert token
    provider.sign_in()
    provider.get("/profile/sessions")
    answer = provider.post(
        "/profile/sessions/end-others", {"csrf_token": token[1]}, headers={"Referer": f"{ISSUER}/"}
    )
    assert answer.status_code == 400


def test_what_programs_call_does_nothing_by_a_cookie_alone(provider: Provider) -> None:
    """A page elsewhere posts with the person's cookies: nobody is signed out, no code is given."""
    provider.sign_in()
    for method, path, rule in served(provider.app, UNSAFE):
        if not is_for_programs(rule.endpoint):
            continue
        answer = provider.browser.open(path, method=method, base_url=ISSUER, headers=FROM_ELSEWHERE)
        asks_the_person = path == "/end-session" and answer.status_code == 200
        assert asks_the_person or answer.status_code in {303, 400, 401}, path
        assert "code=" not in answer.headers.get("Location", "")
    assert "code" in provider.authorize().headers["Location"]


@pytest.mark.parametrize("signed_in", [True, False])
def test_no_answer_can_be_framed(provider: Provider, signed_in: bool) -> None:
    """Clickjacking: pages, errors and answers for programs alike; and nothing is sniffed into a page."""
    if signed_in:
        provider.sign_in()
    for method, path, _ in [*served(provider.app, SAFE | UNSAFE), ("GET", "/nowhere", None)]:
        answer = provider.browser.open(path, method=method, base_url=ISSUER)
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert "frame-ancestors 'none'" in policy, path
        assert "default-src 'none'" in policy, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path

"""Trying a sign-in: what a good request looks like, and what is wrong with another."""

import re
import time
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from werkzeug.test import TestResponse

from app.apps.address_checks import differences, nearest
from tests.app.apps.conftest import REDIRECT_URI, Owned
from tests.app.apps.page_forms import fill
from tests.app.page_checks import check_page
from tests.factories.client_keys import ClientKey, jwks
from tests.support.visitor import Visitor

GOOD = {
    "client_id": "desk",
    "redirect_uri": REDIRECT_URI,
    "response_type": "code",
    "scope": "openid",
    "state": "state",
    "nonce": "nonce",
    "code_challenge": create_s256_code_challenge("v" * 43),
    "code_challenge_method": "S256",
}


@pytest.fixture
def path(owned: Owned) -> str:
    """The page of a client with two redirect URIs."""
    owned.register(client_id="desk", redirect_uris=[REDIRECT_URI, "https://tax-desk.example/other"])
    return f"{owned.path}/clients/desk/test"


def check(owner: Visitor, path: str, pasted: str) -> TestResponse:
    page = fill(owner, owner.open(path), path, pasted=pasted)
    check_page(page.text)
    return page


def request(**changes: str | None) -> str:
    parameters = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return f"http://localhost/authorize?{urlencode(parameters)}"


def verdict(page: TestResponse) -> str:
    found = re.search(r'id="verdict">(.*?)</div>', page.text, re.DOTALL)
    assert found is not None
    return unescape(found.group(1))


def example_on(page: TestResponse) -> str:
    found = re.search(r'id="address" tabindex="0">([^<]+)<', page.text)
    assert found is not None
    return unescape(found.group(1))


def test_the_example_is_a_request_that_lanyard_takes(owner: Visitor, path: str) -> None:
    page = owner.open(path)
    check_page(page.text)
    href = example_on(page)
    assert parse_qs(urlsplit(href).query)["redirect_uri"] == [REDIRECT_URI]
    assert "Lanyard would take this request." in verdict(check(owner, path, href))


def test_the_example_is_new_each_time_and_its_verifier_fits(owner: Visitor, path: str) -> None:
    one, other = owner.open(path), owner.open(path)
    assert example_on(one) != example_on(other)
    found = re.search(r"with the code: <code[^>]*>([^<]+)<", one.text)
    assert found is not None
    challenge = parse_qs(urlsplit(example_on(one)).query)["code_challenge"]
    assert challenge == [create_s256_code_challenge(found.group(1))]


def test_the_example_is_for_the_address_that_is_chosen(owner: Visitor, path: str) -> None:
    page = fill(owner, owner.open(path), path, redirect_uri="https://tax-desk.example/other")
    check_page(page.text)
    assert parse_qs(urlsplit(example_on(page)).query)["redirect_uri"] == ["https://tax-desk.example/other"]


def test_no_example_is_made_for_an_address_that_is_not_registered(owner: Visitor, path: str) -> None:
    page = fill(owner, owner.open(path), path, redirect_uri="https://evil.example/")
    assert page.status_code == 422
    assert parse_qs(urlsplit(example_on(page)).query)["redirect_uri"] == [REDIRECT_URI]


def test_a_registered_address_is_good(owner: Visitor, path: str) -> None:
    assert "This address is registered." in verdict(check(owner, path, REDIRECT_URI))


def test_an_address_that_is_not_registered_says_what_differs(owner: Visitor, path: str) -> None:
    said = verdict(check(owner, path, f"{REDIRECT_URI}/"))
    assert "This address is not registered." in said
    assert f"The most similar registered address is {REDIRECT_URI}." in said
    assert "It has a slash at the end" in said


@pytest.mark.parametrize(
    ("asked", "registered", "words"),
    [
        ("https://a.example/cb/", "https://a.example/cb", "slash at the end"),
        ("https://a.example/cb", "https://a.example/cb/", "lacks the slash"),
        ("http://a.example/cb", "https://a.example/cb", "begins with “http:”, not “https:”"),
        ("https://a.example:443/cb", "https://a.example/cb", "names the port :443"),
        ("https://a.example:8443/cb", "https://a.example/cb", "has the port :8443"),
        ("http://localhost/cb", "http://localhost:8080/cb", "names no port"),
        ("http://localhost:1/cb", "http://localhost:2/cb", "port is :1, not :2"),
        ("https://A.example/cb", "https://a.example/cb", "capital letters"),
        ("https://www.a.example/cb", "https://a.example/cb", "host is www.a.example, not a.example"),
        ("https://a.example/CB", "https://a.example/cb", "other capital letters"),
        ("https://a.example/%63b", "https://a.example/cb", "encoded in another way"),
        ("https://a.example/other", "https://a.example/cb", "path is “/other”, not “/cb”"),
        ("https://a.example/cb?x=1", "https://a.example/cb", "has a query"),
        ("https://a.example/cb?x=1", "https://a.example/cb?x=2", "query is “?x=1”, not “?x=2”"),
        ("https://a.example/cb#x", "https://a.example/cb", "has a fragment"),
        ("https://[a.example/cb", "https://a.example/cb", "cannot be read"),
        ("https://a.example:x/cb", "https://a.example/cb", "cannot be read"),
    ],
)
def test_common_mistakes_have_a_sentence_each(
    owner: Visitor, path: str, asked: str, registered: str, words: str
) -> None:
    with owner.client.application.test_request_context():
        said = differences(asked, registered)
    assert any(words in one for one in said), said


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        (request(code_challenge=None, code_challenge_method=None), "code_challenge is required"),
        (request(scope="profile"), "scope must include openid"),
        (request(response_type="token"), "unsupported_response_type"),
        (request(redirect_uri=f"{REDIRECT_URI}/"), "It has a slash at the end"),
        (request(redirect_uri=None), "There is no redirect_uri"),
        (request(client_id="other"), "The client_id is other"),
        (request(state=None), "There is no state"),
        (request(nonce=None), "There is no nonce"),
        (request(scope="openid payroll"), "ignored: payroll"),
        (request(request="e30.e30."), "does not look into request objects"),
        ("https://id.example/authorize?client_id=desk", "This request goes elsewhere"),
    ],
    ids=[
        *("pkce", "openid", "response-type", "address", "no-address", "other-client", "no-state", "no-nonce"),
        *("scope", "request-object", "elsewhere"),
    ],
)
def test_a_request_is_judged_as_the_endpoint_would(
    owner: Visitor, path: str, pasted: str, words: str
) -> None:
    assert words in verdict(check(owner, path, pasted))


def test_the_owner_learns_whether_they_would_be_let_in(owner: Visitor, path: str) -> None:
    assert "Lanyard would let you in, with these roles: Caseworker" in owner.open(path).text


def test_a_client_that_must_push_says_so(owned: Owned, owner: Visitor) -> None:
    owned.register(client_id="pushes", require_pushed_authorization_requests=True)
    path = f"{owned.path}/clients/pushes/test"
    page = owner.open(path)
    check_page(page.text)
    assert "Follow the example" not in page.text
    assert "must push its requests first" in verdict(check(owner, path, request(client_id="pushes")))


def test_a_client_that_must_sign_its_requests_says_so(owned: Owned, owner: Visitor) -> None:
    published = jwks(ClientKey.make())
    owned.register(client_id="signs", require_signed_request_object=True, jwks=published)
    path = f"{owned.path}/clients/signs/test"
    page = owner.open(path)
    check_page(page.text)
    assert "Follow the example" not in page.text
    assert "must sign its requests" in verdict(check(owner, path, request(client_id="signs")))


def test_the_most_similar_address_is_found_among_many() -> None:
    registered = [f"https://desk.example/{name}" for name in ("bye", "callback", "kcabllac", "other", "x")]
    assert nearest("https://desk.example/calback/", registered) == "https://desk.example/callback"
    assert nearest("https://desk.example/", []) is None


def test_long_addresses_are_compared_in_a_moment() -> None:
    """Fifty addresses, two thousand characters: compared in full they take half a minute."""
    registered = [f"https://desk.example/{'ab' * 45}{'c' * 10}{'ba' * 38}{number}" for number in range(50)]
    began = time.process_time()
    assert nearest("a" * 2000, registered) in registered
    assert time.process_time() - began < 3

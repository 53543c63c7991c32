"""What no endpoint may choke on: repeated, oversized and nested input, and line breaks."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.initial_access import allow
from tests.attacks.addresses import SAFE, served
from tests.factories.organisations import INITIATOR
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, VERIFIER, Provider, basic

BREAK = "\r\nSet-Cookie: attacker=1\r\n\r\n<script>alert(1)</script>"
DEEP = '{"a":' * 50_000 + "1" + "}" * 50_000


def good(provider: Provider) -> dict[str, dict[str, str]]:
    """The parameters that each endpoint understands, by its path."""
    asked = provider.request() | {"prompt": "none", "max_age": "1", "claims": "{}", "acr_values": "x"}
    asked |= {"resource": "urn:example:a", "response_mode": "query", "id_token_hint": "x", "login_hint": "x"}
    one = {"token": "x", "token_type_hint": "access_token"}
    token = {"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT_URI}
    token |= {"code_verifier": VERIFIER, "refresh_token": "x", "scope": "openid", "resource": "urn:example:a"}
    out = {"id_token_hint": "x", "client_id": "x", "post_logout_redirect_uri": "x", "state": "x"}
    return {
        "/authorize": {**asked, "request": "x", "request_uri": "x"},
        "/par": {**asked, "request": "x"},
        "/token": token,
        "/introspect": one,
        "/revoke": one,
        "/userinfo": {"access_token": "x"},
        "/end-session": out,
    }


def without(parameters: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if name not in names}


def send(provider: Provider, path: str, pairs: list[tuple[str, str]]) -> TestResponse:
    """As the endpoint is asked: by GET where a browser brings it, else by POST with the client's secret."""
    if path in {"/authorize", "/end-session"}:
        return provider.get(path, pairs)
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    headers = {} if path == "/userinfo" else basic(provider.client)
    return provider.post(path, data, headers=headers)


def test_every_endpoint_that_takes_parameters_is_here(provider: Provider) -> None:
    """A new endpoint must join these tests."""
    paths = {
        path
        for _, path, rule in served(provider.app, {"GET", "POST"})
        if rule.endpoint.startswith("protocol.") and not rule.arguments
    }
    without = {"/jwks.json", "/register", "/authorize/notice", "/end-session/confirm"}
    documents = {path for path in paths if path.startswith(("/.well-known/", "/trustmarks/"))}
    assert paths - without - documents == set(good(provider))


def test_a_parameter_sent_twice_is_believed_nowhere(provider: Provider) -> None:
    """RFC 6749 §3.1 and §3.2; ``resource`` alone may stand several times (RFC 8707 §2)."""
    provider.sign_in()
    for path, parameters in good(provider).items():
        for name, value in parameters.items():
            if name == "resource":
                continue
            once = without(parameters, *({"request", "request_uri"} - {name}))
            answer = send(provider, path, [*once.items(), (name, value)])
            told = answer.headers.get("Location", "")
            assert answer.status_code in {400, 401} or "error=invalid_request" in told, (path, name, told)


@pytest.mark.parametrize("size", [10_000, 300_000])
def test_what_is_too_large_is_refused(provider: Provider, size: int) -> None:
    provider.sign_in()
    for path, parameters in good(provider).items():
        for name in parameters:
            answer = send(provider, path, [*without(parameters, name).items(), (name, "x" * size)])
            assert answer.status_code in {303, 400, 401, 413, 414}, (path, name, answer.status_code)
            assert "code=" not in answer.headers.get("Location", "")


def nested_jwt() -> str:
    parts = ('{"alg": "ES256"}', DEEP[:3000] + "1" + "}" * 600)
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + ".AAAA"


def test_nested_tokens_are_refused(provider: Provider) -> None:
    """A header or payload that goes deep, wherever a JWT is read."""
    provider.sign_in()
    nested = nested_jwt()
    deep_header = base64.urlsafe_b64encode(b'{"alg":' * 700).decode().rstrip("=") + ".e30.AAAA"
    for token in (nested, deep_header):
        for path, name in [
            *(("/authorize", "request"), ("/authorize", "id_token_hint"), ("/end-session", "id_token_hint")),
            *(
                ("/par", "request"),
                ("/introspect", "token"),
                ("/revoke", "token"),
                ("/userinfo", "access_token"),
            ),
        ]:
            parameters = without(good(provider)[path], "request", "request_uri") | {name: token}
            answer = send(provider, path, list(parameters.items()))
            assert answer.status_code < 500, (path, name)
            assert "code=" not in answer.headers.get("Location", "")
        proof = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": token,
        }
        for path in ("/token", "/par", "/introspect", "/revoke"):
            assert provider.post(path, proof).status_code == 401, path
        headers = {"Authorization": f"Bearer {token}", "DPoP": token}
        assert provider.browser.get("/userinfo", headers=headers, base_url=ISSUER).status_code in {400, 401}


def test_nested_json_is_refused(provider: Provider) -> None:
    """Where JSON is read: registration, with a token that is good, and the claims parameter."""
    with transaction(provider.engine) as session:
        token = allow(
            session,
            provider.now,
            INITIATOR,
            organisation_id=provider.organisation.id,
            contact="the digital team",
            expires_at=provider.now + timedelta(hours=1),
            attempts=20,
        )
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    nul = '{"client_name": "' + "\\u0000" * 9000 + '"}'
    for body in (DEEP[:60_000], "[" * 60_000, '{"jwks": {"keys": [' + "[" * 30_000, nul):
        answer = provider.post("/register", body, headers=headers)
        assert (answer.status_code, answer.mimetype) == (400, "application/json"), body[:20]
    provider.sign_in()
    for claims in ("[" * 4000, '{"userinfo":' * 300):
        assert "error=invalid_request" in provider.authorize(claims=claims).headers["Location"]


def test_no_value_adds_a_header(provider: Provider) -> None:
    """Header injection and response splitting: a line break stays in its value, or is refused."""
    provider.sign_in()
    for path, parameters in good(provider).items():
        for name in parameters:
            asked = without(parameters, "request", "request_uri", "prompt") | {name: f"x{BREAK}"}
            answer = send(provider, path, list(asked.items()))
            unharmed(answer, (path, name))
    for _, path, _ in served(provider.app, SAFE):
        query = {"next": f"/x{BREAK}", **dict.fromkeys(("q", "login_hint", "page", "fresh"), BREAK)}
        unharmed(provider.get(path, query), path)


def unharmed(answer: TestResponse, where: Any) -> None:
    assert answer.status_code < 500, where
    assert not any("attacker" in cookie for cookie in answer.headers.getlist("Set-Cookie")), where
    assert not any("\r" in value or "\n" in value for _, value in answer.headers), where
    assert "<script>alert(1)" not in answer.text, where


def test_odd_headers_are_no_error_of_ours(provider: Provider) -> None:
    """Whatever stands in the headers that we read."""
    odd = [
        "",
        " ",
        "Basic",
        "Basic =",
        "Basic " + "A" * 9000,
        "Bearer",
        "Bearer  ",
        "DPoP x",
        "\u00ff",
        "Basic w6k=",
    ]
    for path in ("/token", "/par", "/introspect", "/revoke", "/userinfo", "/register"):
        for value in odd:
            headers = {"Authorization": value, "DPoP": value, "Accept": value}
            headers["Cookie"] = f"__Host-lanyard_session={value}"
            answer = provider.browser.post(path, headers=headers, base_url=ISSUER, data={"grant_type": "x"})
            assert answer.status_code in {400, 401, 403}, (path, value, answer.status_code)
            json.loads(answer.text)

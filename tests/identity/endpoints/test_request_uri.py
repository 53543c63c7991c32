"""Signed requests in a document of the client's own (RFC 9101 §5.2, OpenID Connect Core §6.2)."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.factories.client_keys import ClientKey, jwks
from tests.factories.request_objects import request_claims
from tests.identity.endpoints.provider import (
    ISSUER,
    REDIRECT_URI,
    Provider,
    answer,
    basic,
    next_path,
    refused_token,
)

KEY = ClientKey.make("ES256", "key")
ADDRESS = "https://casework.example/request.jwt"


@pytest.fixture
def client(provider: Provider) -> Any:
    return provider.another_client(jwks=jwks(KEY), request_uris=[ADDRESS])


def publish(provider: Provider, client: Any, **changes: Any) -> None:
    """Let the document hold a good request object, or one that differs from it."""
    asked = provider.request(client_id=client.client_id) | {"exp": None, "jti": None}
    claims = request_claims(client.client_id, ISSUER, provider.now, **(asked | changes))
    provider.publish({ADDRESS: KEY.sign(claims, typ="oauth-authz-req+jwt")})


def ask(provider: Provider, client: Any, request_uri: str = ADDRESS, **beside: str) -> TestResponse:
    return provider.get("/authorize", {"client_id": client.client_id, "request_uri": request_uri, **beside})


def come(provider: Provider, client: Any, request_uri: str = ADDRESS, **beside: str) -> TestResponse:
    """Follow the provider to the reference that it keeps the request under."""
    kept = ask(provider, client, request_uri, **beside)
    assert kept.headers["Location"].startswith("/authorize?client_id="), kept.headers
    return provider.get(kept.headers["Location"])


def error(response: TestResponse) -> str:
    return answer(response)["error"]


def test_a_document_is_enough(provider: Provider, client: Any) -> None:
    """RFC 9101 §5: client_id and request_uri; what stands beside is not looked at."""
    publish(provider, client, state="published")
    provider.sign_in()
    answered = answer(come(provider, client, redirect_uri="https://attacker.example/", state="outside"))
    assert (answered["state"], "code" in answered) == ("published", True)


def test_it_is_fetched_once_a_visit(provider: Provider, client: Any) -> None:
    """Signing in may take a while: the document need not be there any more."""
    publish(provider, client)
    to_sign_in = come(provider, client).headers["Location"]
    provider.publish({})
    provider.clock.forward(minutes=10)
    provider.sign_in()
    assert "code" in answer(provider.get(next_path(to_sign_in)))


def test_each_visit_gives_one_code(provider: Provider, client: Any) -> None:
    """Request-object replay: the reference is spent; the document is the client's to take away."""
    publish(provider, client)
    provider.sign_in()
    reference = ask(provider, client).headers["Location"]
    answer(provider.get(reference))
    assert provider.get(reference).status_code == 400
    assert "code" in answer(come(provider, client))


def test_a_fragment_is_left_aside(provider: Provider) -> None:
    """OpenID Connect Core §6.2: it is a hash of the document, and may change with it."""
    client = provider.another_client(jwks=jwks(KEY), request_uris=[f"{ADDRESS}#old"])
    publish(provider, client)
    provider.sign_in()
    assert "code" in answer(come(provider, client, f"{ADDRESS}#new"))


@pytest.mark.parametrize(
    "request_uri",
    [
        "https://attacker.example/request.jwt",
        "https://casework.example/request.jwt?x=1",
        "https://casework.example/request.jwt/",
        "https://CASEWORK.example/request.jwt",
        "https://casework.example/./request.jwt",
        "https://casework.example%2F@attacker.example/request.jwt",
        "http://casework.example/request.jwt",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "urn:example:unknown",
        "//casework.example/request.jwt",
        "\x00",
    ],
    ids=ascii,
)
def test_only_a_registered_address_is_fetched(provider: Provider, client: Any, request_uri: str) -> None:
    """OpenID Connect Core §3.1.2.6; no SSRF: character by character, before anything is fetched."""
    asked_for: list[str] = []

    class Documents(dict[str, Any]):
        def __contains__(self, key: object) -> bool:
            asked_for.append(str(key))
            return False

    provider.publish(Documents())
    assert error(ask(provider, client, request_uri, redirect_uri=REDIRECT_URI)) == "invalid_request_uri"
    assert asked_for == []


def test_errors_without_a_registered_address_are_a_page(provider: Provider, client: Any) -> None:
    provider.publish({})
    for beside in ({}, {"redirect_uri": "https://attacker.example/"}):
        response = ask(provider, client, **beside)
        assert response.status_code == 400
        assert response.mimetype == "text/html"


def test_a_document_that_is_not_there_is_told(provider: Provider, client: Any) -> None:
    """OpenID Connect Core §3.1.2.6: invalid_request_uri."""
    provider.publish({})
    assert error(ask(provider, client, redirect_uri=REDIRECT_URI)) == "invalid_request_uri"


@pytest.mark.parametrize("changes", [{"aud": "https://other.example"}, {"client_id": "another"}, {"exp": 1}])
def test_a_document_that_is_no_good_request_is_told(
    provider: Provider, client: Any, changes: dict[str, Any]
) -> None:
    """RFC 9101 §6.2: invalid_request_object."""
    publish(provider, client, **changes)
    assert error(ask(provider, client, redirect_uri=REDIRECT_URI)) == "invalid_request_object"


def test_what_the_document_asks_for_is_judged_like_everything(provider: Provider, client: Any) -> None:
    """An unregistered redirect URI inside is a page, although a registered one stands beside."""
    publish(provider, client, redirect_uri="https://attacker.example/")
    assert come(provider, client, redirect_uri=REDIRECT_URI).status_code == 400
    publish(provider, client, code_challenge_method="plain")
    assert error(come(provider, client)) == "invalid_request"


def test_a_client_that_must_sign_may_refer_to_it(provider: Provider) -> None:
    client = provider.another_client(
        jwks=jwks(KEY), request_uris=[ADDRESS], require_signed_request_object=True
    )
    publish(provider, client)
    provider.sign_in()
    assert "code" in answer(come(provider, client))


def test_a_client_that_must_push_may_not(provider: Provider) -> None:
    """RFC 9126 §6; nothing is fetched."""
    client = provider.another_client(
        jwks=jwks(KEY), request_uris=[ADDRESS], require_pushed_authorization_requests=True
    )
    publish(provider, client)
    assert error(ask(provider, client, redirect_uri=REDIRECT_URI)) == "invalid_request"


def test_it_cannot_be_pushed(provider: Provider, client: Any) -> None:
    """RFC 9126 §2.1: request_uri is never a parameter of /par."""
    publish(provider, client)
    body = {"client_id": client.client_id, "request_uri": ADDRESS}
    refused_token(provider.post("/par", body, headers=basic(client)), "invalid_request")

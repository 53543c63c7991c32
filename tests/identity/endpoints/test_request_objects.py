"""Authorization requests that their client signed, by value (RFC 9101, OpenID Connect Core §6.1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.reauthentication import GOOD_FOR
from identity.request_objects.models import SpentRequestObject
from identity.request_objects.service import forget_expired
from profiles.apps.models import Agreement
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
OTHER_URI = "https://casework.example/other"


@pytest.fixture
def client(provider: Provider) -> Any:
    """A client that signs its requests; its secret is for the token endpoint."""
    return provider.another_client(jwks=jwks(KEY), redirect_uris=[REDIRECT_URI, OTHER_URI])


def sign(provider: Provider, client: Any, **changes: Any) -> str:
    """A good request object, or one that differs from it."""
    asked = provider.request(client_id=client.client_id)
    return KEY.sign(
        request_claims(client.client_id, ISSUER, provider.now, **(asked | changes)), typ="oauth-authz-req+jwt"
    )


def ask(provider: Provider, client: Any, unverified_jwt: str, **beside: str) -> TestResponse:
    """Come with a request object and nothing else, as RFC 9101 §5 has it."""
    return provider.get("/authorize", {"client_id": client.client_id, "request": unverified_jwt, **beside})


def push(provider: Provider, client: Any, unverified_jwt: str, **beside: str) -> TestResponse:
    return provider.post(
        "/par",
        {"client_id": client.client_id, "request": unverified_jwt, **beside},
        headers=basic(client),
    )


def leads_nowhere(response: TestResponse) -> None:
    assert response.status_code == 400, response.headers
    assert response.mimetype == "text/html"


def test_a_signed_request_is_enough(provider: Provider, client: Any) -> None:
    """RFC 9101 §5: client_id and request; everything else is signed."""
    provider.sign_in()
    response = ask(provider, client, sign(provider, client, state="signed", nonce="signed-nonce"))
    answered = answer(response)
    assert answered["state"] == "signed"
    tokens = provider.redeem(answered["code"], client).json
    assert provider.verified(tokens["id_token"], client.client_id)["nonce"] == "signed-nonce"


def test_its_redirect_uri_wins(provider: Provider, client: Any) -> None:
    """Checklist 11; RFC 9101 §6.3: what stands outside is not looked at, be it registered or not."""
    provider.sign_in()
    for outside in (OTHER_URI, "https://attacker.example/"):
        beside = provider.request(redirect_uri=outside, state="outside", scope="openid email", client_id=None)
        answered = answer(ask(provider, client, sign(provider, client), **beside), REDIRECT_URI)
        assert answered["state"] == "the-state"


def test_what_is_not_inside_is_not_asked_for(provider: Provider, client: Any) -> None:
    """RFC 9101 §6.3: nothing outside completes it."""
    provider.sign_in()
    leads_nowhere(ask(provider, client, sign(provider, client, redirect_uri=None), redirect_uri=REDIRECT_URI))
    answered = answer(ask(provider, client, sign(provider, client, scope=None), scope="openid"))
    assert answered["error"] == "invalid_scope"


def test_an_unregistered_redirect_uri_inside_leads_nowhere(provider: Provider, client: Any) -> None:
    """RFC 6749 §4.1.2.1, also where a registered one stands outside."""
    provider.sign_in()
    attacker = sign(provider, client, redirect_uri="https://attacker.example/")
    leads_nowhere(ask(provider, client, attacker, redirect_uri=REDIRECT_URI))


@pytest.mark.parametrize("unverified_jwt", ["a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 7000])
def test_a_refused_object_is_told_at_a_registered_address_only(
    provider: Provider, client: Any, unverified_jwt: str
) -> None:
    """RFC 9101 §7: invalid_request_object; where no address is known, a page and no redirect."""
    provider.sign_in()
    told = answer(ask(provider, client, unverified_jwt, redirect_uri=REDIRECT_URI, state="s"))
    assert (told["error"], told["state"], "code" in told) == ("invalid_request_object", "s", False)
    leads_nowhere(ask(provider, client, unverified_jwt))
    leads_nowhere(ask(provider, client, unverified_jwt, redirect_uri="https://attacker.example/"))


def test_an_unknown_client_leads_nowhere(provider: Provider, client: Any) -> None:
    provider.sign_in()
    response = provider.get(
        "/authorize",
        {"client_id": "unknown", "request": sign(provider, client), "redirect_uri": REDIRECT_URI},
    )
    leads_nowhere(response)


def test_another_clients_object_is_refused(provider: Provider, client: Any) -> None:
    """RFC 9101 §5 and §6.2: the keys are those of the client_id outside."""
    provider.sign_in()
    other = provider.another_client(jwks=jwks(ClientKey.make("ES256", "key")))
    response = ask(provider, other, sign(provider, client), redirect_uri=REDIRECT_URI)
    assert answer(response)["error"] == "invalid_request_object"


def test_a_client_without_keys_cannot_sign(provider: Provider) -> None:
    response = ask(provider, provider.client, sign(provider, provider.client), redirect_uri=REDIRECT_URI)
    assert answer(response)["error"] == "invalid_request_object"


def test_request_and_request_uri_together_are_refused(provider: Provider, client: Any) -> None:
    """RFC 9101 §5."""
    for request_uri in ("https://casework.example/request", "urn:ietf:params:oauth:request_uri:x"):
        response = ask(
            provider, client, sign(provider, client), request_uri=request_uri, redirect_uri=REDIRECT_URI
        )
        assert answer(response)["error"] == "invalid_request"


def test_a_parameter_sent_twice_beside_it_is_refused(provider: Provider, client: Any) -> None:
    """RFC 6749 §3.1; also one that is not looked at."""
    provider.sign_in()
    pairs = [("client_id", client.client_id), ("request", sign(provider, client))]
    leads_nowhere(provider.get("/authorize", [*pairs, ("state", "a"), ("state", "b")]))
    leads_nowhere(provider.get("/authorize", [*pairs, pairs[1]]))


def test_post_works_as_get_does(provider: Provider, client: Any) -> None:
    """Checklist 7."""
    provider.sign_in()
    body = {"client_id": client.client_id, "request": sign(provider, client)}
    asked_again = provider.post("/authorize", body)
    assert "code" in answer(provider.get(asked_again.headers["Location"]))


def test_published_keys_are_looked_for_again(provider: Provider) -> None:
    """Checklist 18: an unknown kid makes us look at jwks_uri again."""
    address = "https://casework.example/jwks.json"
    client = provider.another_client(jwks_uri=address)
    provider.publish({address: jwks(ClientKey.make("ES256", "old"))})
    provider.sign_in()
    refused = ask(provider, client, sign(provider, client), redirect_uri=REDIRECT_URI)
    assert answer(refused)["error"] == "invalid_request_object"
    provider.publish({address: jwks(KEY)})
    assert "code" in answer(ask(provider, client, sign(provider, client)))


def test_it_gives_one_code(provider: Provider, client: Any) -> None:
    """Request-object replay: who finds it in a history or a log comes too late."""
    provider.sign_in()
    signed = sign(provider, client)
    answer(ask(provider, client, signed))
    leads_nowhere(ask(provider, client, signed, redirect_uri=REDIRECT_URI))
    leads_nowhere(push_then_ask(provider, client, signed))


def push_then_ask(provider: Provider, client: Any, signed: str) -> TestResponse:
    response = push(provider, client, signed)
    refused_token(response, "invalid_request_object")
    return ask(provider, client, signed)


def test_without_a_jti_it_gives_one_code_too(provider: Provider, client: Any) -> None:
    """RFC 9101 requires no jti: then the object itself is remembered."""
    provider.sign_in()
    signed = sign(provider, client, jti=None)
    answer(ask(provider, client, signed))
    leads_nowhere(ask(provider, client, signed))


def test_of_many_at_once_one_gives_a_code(provider: Provider, client: Any) -> None:
    """Request-object replay, in parallel."""
    signed, browsers = sign(provider, client), [provider.new_browser() for _ in range(4)]
    for browser in browsers:
        provider.sign_in(browser=browser)

    def come(browser: Any) -> int:
        query = {"client_id": client.client_id, "request": signed}
        status: int = browser.get("/authorize", query_string=query, base_url=ISSUER).status_code
        return status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(come, browsers)) == [303, 400, 400, 400]


def test_reloading_and_signing_in_do_not_burn_it(provider: Provider, client: Any) -> None:
    """Also when signing in takes longer than it lasts; the sign-in form may lead to the signed address."""
    signed = sign(provider, client)
    ask(provider, client, signed)
    to_sign_in = ask(provider, client, signed).headers["Location"]
    page = provider.get(to_sign_in)
    assert "form-action 'self' https://casework.example" in page.headers["Content-Security-Policy"]
    provider.clock.forward(minutes=10)
    provider.sign_in()
    assert "code" in answer(provider.get(next_path(to_sign_in)))
    leads_nowhere(provider.get(next_path(to_sign_in)))


def test_reading_the_notice_may_take_longer_than_it_lasts(provider: Provider, client: Any) -> None:
    with transaction(provider.engine) as session:
        session.exec(select(Agreement)).one().purpose = "Something new"
    provider.sign_in()
    notice = ask(provider, client, sign(provider, client))
    assert notice.status_code == 200, notice.text
    provider.clock.forward(minutes=10)
    assert "code" in answer(provider.submit(notice))


def test_it_expires(provider: Provider, client: Any) -> None:
    provider.sign_in()
    signed = sign(provider, client)
    provider.clock.forward(minutes=5)
    told = answer(ask(provider, client, signed, redirect_uri=REDIRECT_URI))
    assert told["error"] == "invalid_request_object"


def test_silently_it_works_too(provider: Provider, client: Any) -> None:
    """Checklist 8; the object is not spent by a refusal."""
    signed = sign(provider, client, prompt="none")
    assert answer(ask(provider, client, signed))["error"] == "login_required"
    provider.sign_in()
    assert "code" in answer(ask(provider, client, signed))


def test_it_can_be_pushed(provider: Provider, client: Any) -> None:
    """RFC 9126 §3: only what is signed counts; the reference gives the code."""
    provider.sign_in()
    pushed = push(
        provider, client, sign(provider, client, state="signed"), state="outside", scope="openid email"
    )
    assert pushed.status_code == 201, pushed.text
    query = {"client_id": client.client_id, "request_uri": pushed.json["request_uri"]}
    assert answer(provider.get("/authorize", query))["state"] == "signed"


def test_it_is_pushed_once(provider: Provider, client: Any) -> None:
    """Neither pushed again nor brought by a browser afterwards."""
    provider.sign_in()
    signed = sign(provider, client)
    assert push(provider, client, signed).status_code == 201
    refused_token(push(provider, client, signed), "invalid_request_object")
    leads_nowhere(ask(provider, client, signed))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "another"}, "invalid_request_object"),
        ({"aud": "https://other.example"}, "invalid_request_object"),
        ({"redirect_uri": "https://attacker.example/"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"claims": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}}}, "invalid_request"),
    ],
    ids=str,
)
def test_what_is_refused_cannot_be_pushed(
    provider: Provider, client: Any, changes: dict[str, Any], error: str
) -> None:
    """RFC 9126 §2.3 and §3; a refused object is not spent."""
    refused_token(push(provider, client, sign(provider, client, **changes)), error)
    with transaction(provider.engine) as session:
        assert session.exec(select(SpentRequestObject)).all() == []


def test_a_client_that_must_sign_can_do_nothing_else(provider: Provider) -> None:
    """RFC 9101 §10.5, at both endpoints."""
    client = provider.another_client(jwks=jwks(KEY), require_signed_request_object=True)
    provider.sign_in()
    plain = provider.request(client_id=client.client_id)
    assert answer(provider.get("/authorize", plain))["error"] == "invalid_request"
    refused_token(provider.post("/par", plain, headers=basic(client)), "invalid_request")
    assert "code" in answer(ask(provider, client, sign(provider, client)))
    pushed = push(provider, client, sign(provider, client)).json["request_uri"]
    query = {"client_id": client.client_id, "request_uri": pushed}
    assert "code" in answer(provider.get("/authorize", query))


def test_a_client_that_must_push_cannot_bring_it(provider: Provider) -> None:
    """RFC 9126 §6: signed is not pushed."""
    client = provider.another_client(jwks=jwks(KEY), require_pushed_authorization_requests=True)
    provider.sign_in()
    assert answer(ask(provider, client, sign(provider, client)))["error"] == "invalid_request"


def test_what_nobody_can_bring_any_more_is_forgotten(provider: Provider, client: Any) -> None:
    """Not before: somebody may still be signing in with it."""
    provider.sign_in()
    answer(ask(provider, client, sign(provider, client)))
    end = provider.now + timedelta(minutes=5) + GOOD_FOR
    for moment, left in ((end - timedelta(seconds=1), 1), (end, 0)):
        with transaction(provider.engine) as session:
            forget_expired(session, moment)
            assert len(session.exec(select(SpentRequestObject)).all()) == left

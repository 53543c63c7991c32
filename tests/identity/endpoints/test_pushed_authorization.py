"""Pushed authorization requests (RFC 9126); checklist 22."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.models import Client
from identity.clients.service import ClientCredentials
from identity.pushed_requests.models import PushedRequest
from identity.pushed_requests.service import forget_expired
from identity.reauthentication import GOOD_FOR
from profiles.apps.models import Agreement
from tests.factories.client_keys import ASSERTION_TYPE, ClientKey, claims, jwks
from tests.identity.endpoints.provider import (
    ISSUER,
    REDIRECT_URI,
    Provider,
    answer,
    basic,
    next_path,
    refused_token,
)


def push(provider: Provider, client: ClientCredentials | None = None, **changes: str | None) -> TestResponse:
    """Push a good request, or one that differs from it, authenticated by HTTP Basic."""
    client = client or provider.client
    parameters = provider.request(**{"client_id": client.client_id, **changes})
    return provider.post("/par", parameters, headers=basic(client))


def pushed(provider: Provider, client: ClientCredentials | None = None, **changes: str | None) -> str:
    """The reference of a request that was accepted."""
    response = push(provider, client, **changes)
    assert response.status_code == 201, response.text
    request_uri: str = response.json["request_uri"]
    return request_uri


def open_it(
    provider: Provider, request_uri: str, client: ClientCredentials | None = None, **others: str
) -> TestResponse:
    client_id = (client or provider.client).client_id
    return provider.get("/authorize", {"client_id": client_id, "request_uri": request_uri, **others})


def leads_nowhere(response: TestResponse) -> None:
    """Lanyard's own page, and no redirect."""
    assert response.status_code == 400, response.text
    assert "Location" not in response.headers
    assert "Go back to the app" in response.text


def test_a_request_is_kept_under_a_reference(provider: Provider) -> None:
    """RFC 9126 §2.2: 201, the reference and for how many seconds it is good; nobody else keeps the answer."""
    response = push(provider)
    assert response.status_code == 201
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert set(response.json) == {"request_uri", "expires_in"}
    assert response.json["expires_in"] == 60


def test_the_reference_cannot_be_guessed(provider: Provider) -> None:
    """RFC 9126 §2.2 and §7.1: 256 random bits, another each time."""
    references = {pushed(provider) for _ in range(3)}
    assert len(references) == 3
    pattern = r"urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}"
    assert all(re.fullmatch(pattern, reference) for reference in references)


def test_neither_the_reference_nor_a_secret_is_kept(provider: Provider) -> None:
    """What the database holds opens nothing."""
    client = provider.another_client(token_endpoint_auth_method="client_secret_post")
    body = provider.request(client_id=client.client_id, client_secret=client.client_secret)
    request_uri = provider.post("/par", body).json["request_uri"]
    with Session(provider.engine) as session:
        kept = session.exec(select(PushedRequest)).one()
    assert request_uri.rpartition(":")[2] not in str(kept.model_dump())
    assert client.client_secret not in str(kept.model_dump())


def test_the_code_comes_by_client_id_and_reference_alone(provider: Provider) -> None:
    """RFC 9126 §4; checklist 22. What was pushed is what counts, up to the tokens."""
    provider.sign_in()
    answered = answer(open_it(provider, pushed(provider, state="pushed", nonce="pushed-nonce")))
    assert answered["state"] == "pushed"
    assert answered["iss"] == ISSUER
    tokens = provider.redeem(answered["code"]).json
    assert provider.verified(tokens["id_token"], provider.client.client_id)["nonce"] == "pushed-nonce"


def test_other_parameters_are_ignored(provider: Provider) -> None:
    """RFC 9101 §5 and §6.3: nothing of the address is mixed in, the redirect URI least of all."""
    provider.sign_in()
    changed = {"redirect_uri": "https://attacker.example/", "state": "other", "scope": "none"}
    answered = answer(open_it(provider, pushed(provider), response_type="token", **changed))
    assert answered["state"] == "the-state"
    assert "code" in answered


def test_it_may_be_posted(provider: Provider) -> None:
    """OpenID Connect Core §3.1.2.1: POST works as GET does."""
    provider.sign_in()
    body = {"client_id": provider.client.client_id, "request_uri": pushed(provider)}
    again = provider.post("/authorize", body)
    assert "code" in answer(provider.get(again.headers["Location"]))


def test_after_its_code_it_is_spent(provider: Provider) -> None:
    """RFC 9126 §4 and §7.3; checklist 22."""
    provider.sign_in()
    request_uri = pushed(provider)
    answer(open_it(provider, request_uri))
    leads_nowhere(open_it(provider, request_uri))


def test_of_twenty_at_once_one_gets_the_code(provider: Provider) -> None:
    """RFC 9126 §7.3: replay in parallel; spent by one conditional UPDATE."""
    request_uri = pushed(provider)
    browsers = [provider.new_browser() for _ in range(20)]
    for browser in browsers:
        provider.sign_in(browser=browser)
    query = {"client_id": provider.client.client_id, "request_uri": request_uri}
    with ThreadPoolExecutor(10) as threads:
        responses = list(
            threads.map(
                lambda browser: browser.get("/authorize", query_string=query, base_url=ISSUER), browsers
            )
        )
    assert sorted(response.status_code for response in responses) == [303] + [400] * 19
    assert sum("code=" in response.headers.get("Location", "") for response in responses) == 1


def test_reloading_before_signing_in_does_not_burn_it(provider: Provider) -> None:
    """RFC 9126 §4; checklist 22."""
    request_uri = pushed(provider)
    for _ in range(3):
        assert "/sign-in" in open_it(provider, request_uri).headers["Location"]
    provider.sign_in()
    assert "code" in answer(open_it(provider, request_uri))


def test_signing_in_may_take_longer_than_the_reference_lasts(provider: Provider) -> None:
    """RFC 9126 §2.2: the lifetime is for coming with it; the note of when that was is ours and signed."""
    to_sign_in = open_it(provider, pushed(provider)).headers["Location"]
    page = provider.get(to_sign_in)
    assert "form-action 'self' https://casework.example" in page.headers["Content-Security-Policy"]
    provider.clock.forward(minutes=10)
    provider.sign_in()
    assert "code" in answer(provider.get(next_path(to_sign_in)))


def test_the_note_does_not_let_it_be_used_again(provider: Provider) -> None:
    """RFC 9126 §4: who has the address of the sign-in page has nothing once it is spent."""
    back = next_path(open_it(provider, pushed(provider)).headers["Location"])
    provider.sign_in()
    answer(provider.get(back))
    leads_nowhere(provider.get(back))


def test_the_note_does_not_keep_it_for_ever(provider: Provider) -> None:
    back = next_path(open_it(provider, pushed(provider)).headers["Location"])
    provider.clock.forward(hours=1)
    provider.sign_in()
    leads_nowhere(provider.get(back))


def test_reading_the_notice_may_take_longer_than_the_reference_lasts(provider: Provider) -> None:
    request_uri = pushed(provider)
    with transaction(provider.engine) as session:
        session.exec(select(Agreement)).one().purpose = "Something new"
    provider.sign_in()
    notice = open_it(provider, request_uri)
    assert notice.status_code == 200, notice.text
    provider.clock.forward(minutes=10)
    assert "code" in answer(provider.submit(notice))


@pytest.mark.parametrize(("seconds", "status"), [(59, 303), (60, 400)])
def test_it_expires(provider: Provider, seconds: int, status: int) -> None:
    """RFC 9126 §4; checklist 22."""
    provider.sign_in()
    request_uri = pushed(provider)
    provider.clock.forward(seconds=seconds)
    assert open_it(provider, request_uri).status_code == status


def test_a_note_of_another_request_does_not_prolong_it(provider: Provider) -> None:
    """The note is good for the very same reference."""
    note = next_path(open_it(provider, pushed(provider)).headers["Location"]).rpartition("=")[2]
    other = pushed(provider)
    provider.sign_in()
    provider.clock.forward(minutes=2)
    leads_nowhere(open_it(provider, other, lanyard_first_seen=note))


def test_another_client_cannot_use_it(provider: Provider) -> None:
    """RFC 9126 §2.2: bound to the client that pushed it, which can still use it."""
    provider.sign_in()
    request_uri = pushed(provider)
    leads_nowhere(open_it(provider, request_uri, provider.another_client()))
    assert "code" in answer(open_it(provider, request_uri))


@pytest.mark.parametrize("reference", ["unknown", "", "\x00", "\u00fc", "a" * 5000])
def test_an_unknown_reference_leads_nowhere(provider: Provider, reference: str) -> None:
    """RFC 9126 §4."""
    provider.sign_in()
    leads_nowhere(open_it(provider, f"urn:ietf:params:oauth:request_uri:{reference}"))


def test_a_reference_is_not_believed_when_it_is_sent_twice(provider: Provider) -> None:
    """RFC 6749 §3.1."""
    provider.sign_in()
    pairs = [("client_id", provider.client.client_id), *[("request_uri", pushed(provider))] * 2]
    assert provider.get("/authorize", pairs).status_code == 400


def test_a_document_elsewhere_is_not_fetched(provider: Provider) -> None:
    """OpenID Connect Core §3.1.2.6: no SSRF by ``request_uri``."""
    response = provider.authorize(request_uri="https://attacker.example/request.jwt")
    assert answer(response)["error"] == "invalid_request_uri"


def test_what_was_pushed_is_judged_again(provider: Provider) -> None:
    """RFC 9126 §4: a redirect URI that was taken from the registration meanwhile is not gone to."""
    provider.sign_in()
    request_uri = pushed(provider)
    with transaction(provider.engine) as session:
        client = session.get_one(Client, provider.client.client_id)
        client.redirect_uris = ["https://casework.example/elsewhere"]
        session.add(client)
    provider.clock.forward(seconds=10)
    response = open_it(provider, request_uri)
    assert response.status_code == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "https://attacker.example/"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"client_id": None}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"resource": "https://nobody.example/"}, "invalid_target"),
        ({"request": "a.b.c"}, "invalid_request_object"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request_uri": "https://attacker.example/"}, "invalid_request"),
    ],
)
def test_what_the_authorization_endpoint_refuses_cannot_be_pushed(
    provider: Provider, changes: dict[str, str | None], error: str
) -> None:
    """RFC 9126 §2.1 and §2.3: the same checks; ``request_uri`` is never a parameter of it."""
    refused_token(push(provider, **changes), error)
    with Session(provider.engine) as session:
        assert session.exec(select(PushedRequest)).all() == []


def test_a_parameter_sent_twice_is_refused(provider: Provider) -> None:
    """RFC 6749 §3.1."""
    pairs = [*provider.request().items(), ("state", "other")]
    body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in pairs)
    content_type = "application/x-www-form-urlencoded"
    response = provider.post("/par", body, headers=basic(provider.client), content_type=content_type)
    refused_token(response, "invalid_request")


def test_the_client_must_prove_itself(provider: Provider) -> None:
    """RFC 9126 §2: as at the token endpoint."""
    refused_token(provider.post("/par", provider.request()), "invalid_client", 401)
    wrong = ClientCredentials(provider.client.client_id, "wrong")
    refused_token(push(provider, wrong), "invalid_client", 401)


def test_nobody_pushes_for_another_client(provider: Provider) -> None:
    """RFC 9126 §2.1: the client_id is the one that authenticated."""
    refused_token(push(provider, client_id=provider.another_client().client_id), "invalid_request")


@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/token", f"{ISSUER}/par"])
def test_an_assertion_may_be_meant_for_any_of_three(provider: Provider, audience: str) -> None:
    """RFC 9126 §2: the issuer, the token endpoint, and this one."""
    key = ClientKey.make("ES256", "key")
    client = provider.another_client(token_endpoint_auth_method="private_key_jwt", jwks=jwks(key))
    proof = {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": key.sign(claims(client.client_id, audience, provider.now)),
    }
    response = provider.post("/par", provider.request(client_id=client.client_id, **proof))
    assert response.status_code == 201, response.text


def test_get_is_refused(provider: Provider) -> None:
    """RFC 9126 §2.3: 405; checklist 22."""
    assert provider.get("/par", provider.request()).status_code == 405


def test_a_client_that_must_push_can_do_nothing_else(provider: Provider) -> None:
    """RFC 9126 §6; the refusal goes to its registered address."""
    client = provider.another_client(require_pushed_authorization_requests=True)
    provider.sign_in()
    assert answer(provider.authorize(client_id=client.client_id))["error"] == "invalid_request"
    assert "code" in answer(open_it(provider, pushed(provider, client), client))


def test_fapi2_accepts_only_pushed_requests(provider: Provider) -> None:
    """FAPI 2.0 Security Profile §5.3.2.2; checklist 22."""
    key = ClientKey.make("ES256", "key")
    client = provider.another_client(
        profile="fapi2",
        token_endpoint_auth_method="private_key_jwt",
        jwks=jwks(key),
        id_token_signed_response_alg="PS256",
    )
    provider.sign_in()
    assert answer(provider.authorize(client_id=client.client_id))["error"] == "invalid_request"


def test_a_refusal_goes_to_the_address_that_was_pushed(provider: Provider) -> None:
    """RFC 6749 §4.1.2.1. It answers the request: the app pushes again to ask again (checklist 22)."""
    request_uri = pushed(provider, prompt="none")
    refused = answer(open_it(provider, request_uri), REDIRECT_URI)
    assert refused["error"] == "login_required"
    assert refused["state"] == "the-state"
    provider.sign_in()
    leads_nowhere(open_it(provider, request_uri))


def test_what_nobody_can_use_any_more_is_deleted(provider: Provider) -> None:
    """Not before: somebody may still be signing in."""
    pushed(provider)
    end = provider.now + timedelta(seconds=60) + GOOD_FOR
    for moment, left in ((end - timedelta(seconds=1), 1), (end, 0)):
        with transaction(provider.engine) as session:
            forget_expired(session, moment)
            assert len(session.exec(select(PushedRequest)).all()) == left

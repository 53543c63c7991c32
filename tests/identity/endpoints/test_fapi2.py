"""The FAPI 2.0 Security Profile: what a client gets that declares it (§5.3.2, §5.4); checklist 22 to 26."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jose import jwt
from werkzeug.test import TestResponse

from identity.clients.errors import InvalidClientMetadata
from identity.clients.token_metadata import TokenMetadata
from identity.context import EXTENSION, install
from identity.grants.refresh_token import GRACE
from tests.factories.client_keys import ClientKey, jwks
from tests.identity.endpoints.fapi2_client import ASSERTION_KEY, Fapi2Client
from tests.identity.endpoints.provider import (
    ISSUER,
    SCOPE,
    VERIFIER,
    Provider,
    answer,
    basic,
    refused_token,
)

OFFLINE = f"{SCOPE} offline_access"


@pytest.fixture
def client(provider: Provider) -> Fapi2Client:
    """The client; nobody is signed in."""
    return Fapi2Client.of(provider)


@pytest.fixture
def welcome(client: Fapi2Client) -> Fapi2Client:
    """The same, and the person is signed in."""
    client.provider.sign_in()
    return client


def leads_nowhere(response: TestResponse) -> None:
    assert response.status_code == 400, response.text
    assert "Location" not in response.headers


def test_the_whole_flow(welcome: Fapi2Client) -> None:
    """§5.3.2.1: PAR, code, tokens of the key, userinfo."""
    tokens = welcome.redeem(welcome.code()).json
    assert tokens["token_type"] == "DPoP"
    welcome.provider.verified(tokens["access_token"], f"{ISSUER}/userinfo", "ES256")
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "PS256"
    assert welcome.userinfo(tokens["access_token"]).json["name"]


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        *(({"token_endpoint_auth_method": method}, "token_endpoint_auth_method") for method in ("none",)),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
        ({"id_token_signed_response_alg": "RS256"}, "id_token_signed_response_alg"),
        ({"userinfo_signed_response_alg": "RS256"}, "userinfo_signed_response_alg"),
        ({"token_endpoint_auth_signing_alg": "RS256"}, "token_endpoint_auth_signing_alg"),
        ({"request_object_signing_alg": "RS256"}, "request_object_signing_alg"),
        ({"require_pkce": False}, "require_pkce"),
        ({"redirect_uris": ["http://casework.example/callback"]}, "redirect_uris"),
        ({"jwks": {"keys": [{**ClientKey.make("RS256").public, "alg": "RS256"}]}}, "jwks"),
    ],
    ids=range(9),
)
def test_it_cannot_be_weakened(provider: Provider, metadata: dict[str, Any], field: str) -> None:
    """§5.3.2.1 and §5.4: confidential, by private_key_jwt, PKCE, no RS256, no http."""
    with pytest.raises(InvalidClientMetadata) as refused:
        Fapi2Client.of(provider, **metadata)
    assert refused.value.field == field


def test_small_keys_are_no_keys(provider: Provider) -> None:
    """§5.4.1: RSA keys have at least 2048 bits."""
    small = ClientKey("small", "PS256", type(ClientKey.make("PS256").key).generate_key(1024))
    with pytest.raises(InvalidClientMetadata):
        Fapi2Client.of(provider, jwks=jwks(small))


@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "EdDSA"])
def test_id_tokens_are_signed_with_each_algorithm(provider: Provider, algorithm: str) -> None:
    """§5.4.1."""
    provider.sign_in()
    client = Fapi2Client.of(provider, id_token_signed_response_alg=algorithm)
    tokens = client.redeem(client.code()).json
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == algorithm


@pytest.mark.parametrize("path", ["/par", "/token"])
@pytest.mark.parametrize("audience", [f"{ISSUER}/token", f"{ISSUER}/par", [ISSUER], "https://other.example"])
def test_an_assertion_is_for_the_issuer(client: Fapi2Client, path: str, audience: Any) -> None:
    """§5.3.2.1: ``aud`` is the issuer as one string; decision 10; checklist 23."""
    body = {"client_assertion": client.assertion(audience=audience), "grant_type": "authorization_code"}
    refused_token(client.post(path, body), "invalid_client", 401)


def test_a_clock_may_be_a_little_ahead(client: Fapi2Client) -> None:
    """§5.3.2.1: 8 seconds are accepted, 60 are not; checklist 23."""
    now = int(client.provider.now.timestamp())
    for name in ("iat", "nbf"):
        for seconds, status in ((8, 201), (60, 401)):
            assertion = client.assertion(**{name: now + seconds})
            asked = dict(client.provider.request(client_id=client.client.client_id))
            assert client.post("/par", {**asked, "client_assertion": assertion}).status_code == status


def test_a_secret_is_no_proof(client: Fapi2Client) -> None:
    """§5.3.2.1: private_key_jwt only."""
    headers = basic(replace(client.client, client_secret="anything"))
    response = client.provider.post("/token", {"grant_type": "authorization_code"}, headers=headers)
    refused_token(response, "invalid_client", 401)


def test_only_pushed_requests_are_accepted(welcome: Fapi2Client) -> None:
    """§5.3.2.2; checklist 22."""
    asked = welcome.provider.authorize(client_id=welcome.client.client_id)
    assert answer(asked)["error"] == "invalid_request"


def test_client_id_and_request_uri_are_all_that_counts(welcome: Fapi2Client) -> None:
    """§5.3.2.2 and RFC 9101 §5; checklist 22. OpenID Connect lets clients repeat the rest: it is ignored."""
    others = {"scope": "openid", "state": "other", "redirect_uri": "https://attacker.example/"}
    answered = answer(welcome.come(welcome.reference(), **others))
    assert (answered["state"], answered["iss"]) == ("the-state", ISSUER)
    assert "code" in answered


def test_what_is_pushed_must_be_whole(client: Fapi2Client) -> None:
    """§5.3.2.2: PKCE with S256 and the redirect URI stand in the pushed request."""
    for changes in (
        {"code_challenge": None, "code_challenge_method": None},
        *({"code_challenge_method": "plain"}, {"redirect_uri": None}, {"response_type": "code id_token"}),
        {"request_uri": "urn:ietf:params:oauth:request_uri:x"},
    ):
        assert client.push(changes).status_code == 400


def test_a_push_needs_proof_of_the_client(client: Fapi2Client) -> None:
    """§5.3.2.2."""
    asked = dict(client.provider.request(client_id=client.client.client_id))
    bare = {**asked, "client_assertion": None, "client_assertion_type": None}
    refused_token(client.post("/par", bare), "invalid_client", 401)
    assert client.provider.get("/par", asked).status_code == 405


def test_a_reference_lasts_less_than_ten_minutes(client: Fapi2Client) -> None:
    """§5.3.2.2: ``expires_in`` below 600; checklist 22: at least 5."""
    assert 5 <= client.push({}).json["expires_in"] < 600


def test_a_reference_survives_reloading_until_the_sign_in(client: Fapi2Client) -> None:
    """RFC 9126 §4; checklist 22."""
    request_uri = client.reference()
    for _ in range(2):
        assert "/sign-in" in client.come(request_uri).headers["Location"]
    client.provider.sign_in()
    assert "code" in answer(client.come(request_uri))


def test_a_reference_is_good_for_one_answer(welcome: Fapi2Client) -> None:
    """RFC 9126 §7.3; checklist 22: after the code, and after an error as well."""
    for request, expected in (({}, "code"), ({"prompt": "none", "max_age": "1"}, "error")):
        request_uri = welcome.reference(**request)
        welcome.provider.clock.forward(seconds=2)
        assert expected in answer(welcome.come(request_uri))
        leads_nowhere(welcome.come(request_uri))


def test_cancelling_ends_a_reference(client: Fapi2Client) -> None:
    """Checklist 12 and 22."""
    client.provider.sign_in(client.provider.new_employee())
    request_uri = client.reference()
    notice = client.come(request_uri)
    assert answer(client.provider.submit(notice, cancel="1"))["error"] == "access_denied"
    leads_nowhere(client.come(request_uri))


def test_a_reference_is_its_clients_own(welcome: Fapi2Client) -> None:
    """RFC 9126 §2.2; checklist 22."""
    other = Fapi2Client.of(welcome.provider)
    leads_nowhere(other.come(welcome.reference()))


@pytest.mark.parametrize(("seconds", "good"), [(59, True), (60, False)])
def test_a_code_lives_a_minute_at_most(provider: Provider, seconds: int, good: bool) -> None:
    """§5.3.2.1, whatever the settings say; checklist 24."""
    context = provider.app.extensions[EXTENSION]
    install(provider.app, replace(context, settings=replace(context.settings, code_seconds=600)))
    provider.sign_in()
    client = Fapi2Client.of(provider)
    code = client.code()
    provider.clock.forward(seconds=seconds)
    assert (client.redeem(code).status_code == 200) is good


def test_a_code_is_its_clients_own(welcome: Fapi2Client) -> None:
    """§5.3.2.1; checklist 24."""
    refused_token(Fapi2Client.of(welcome.provider).redeem(welcome.code()), "invalid_grant")


def test_a_code_is_good_with_the_key_of_the_push(welcome: Fapi2Client) -> None:
    """§5.3.2.1: RFC 9449 §10; checklist 24."""
    code = welcome.code()
    refused_token(replace(welcome, key=ClientKey.make()).redeem(code), "invalid_grant")
    assert welcome.redeem(code).status_code == 200


def test_there_are_no_bearer_tokens(provider: Provider) -> None:
    """§5.3.2.1: only sender-constrained tokens, of every grant."""
    tokens = TokenMetadata(
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        service_scopes=("people.read",),
    )
    provider.sign_in()
    client = Fapi2Client.of(provider, tokens=tokens)
    refresh_token = client.redeem(client.code(scope=OFFLINE)).json["refresh_token"]
    refused_token(client.redeem(client.code(), DPoP=None), "invalid_dpop_proof")
    refused_token(client.refresh(refresh_token, DPoP=None), "invalid_dpop_proof")
    refused_token(
        client.post("/token", {"grant_type": "client_credentials"}, DPoP=None), "invalid_dpop_proof"
    )


def test_a_token_is_good_with_its_key_alone(welcome: Fapi2Client) -> None:
    """§5.3.2.1 and RFC 9449 §7.2; checklist 25."""
    token = welcome.redeem(welcome.code()).json["access_token"]
    assert replace(welcome, key=ClientKey.make()).userinfo(token).status_code == 401
    assert welcome.userinfo(token, "Bearer", DPoP=None).status_code == 401


def test_proofs_need_a_nonce_everywhere(welcome: Fapi2Client) -> None:
    """RFC 9449 §8 and §9; decision 15."""
    code = welcome.code()
    token = welcome.redeem(code).json["access_token"]
    refused_token(welcome.redeem(welcome.code(), nonce=None), "use_dpop_nonce")
    refused_token(welcome.push({}, nonce=None), "use_dpop_nonce")
    refused = welcome.userinfo(token, nonce=None)
    assert refused.status_code == 401
    assert 'error="use_dpop_nonce"' in refused.headers["WWW-Authenticate"]
    assert welcome.userinfo(token, nonce=refused.headers["DPoP-Nonce"]).status_code == 200


def test_refresh_tokens_stay_the_same(welcome: Fapi2Client) -> None:
    """§5.3.2.1: no rotation; checklist 15. It works again and again, also long after the grace of others."""
    refresh_token = welcome.redeem(welcome.code(scope=OFFLINE)).json["refresh_token"]
    for _ in range(3):
        welcome.push({})  # for a nonce of now
        assert welcome.refresh(refresh_token).json["refresh_token"] == refresh_token
        welcome.provider.clock.forward(seconds=3 * GRACE.total_seconds())


def test_a_refresh_token_lives_while_it_is_used(welcome: Fapi2Client) -> None:
    """A week unused ends it, as it ends those that rotate; so does a month in any case."""
    refresh_token = welcome.redeem(welcome.code(scope=OFFLINE)).json["refresh_token"]
    clock, began, answers = welcome.provider.clock, welcome.provider.now, []
    for _ in range(6):
        clock.forward(days=5.5)
        welcome.push({}, nonce=None)
        answers.append((welcome.provider.now - began, welcome.refresh(refresh_token).status_code))
    assert all(status == 200 for age, status in answers if age < timedelta(days=30))
    assert [status for age, status in answers if age >= timedelta(days=30)] == [400]


def test_a_refresh_token_ends_when_it_is_unused(welcome: Fapi2Client) -> None:
    refresh_token = welcome.redeem(welcome.code(scope=OFFLINE)).json["refresh_token"]
    welcome.provider.clock.forward(days=7)
    welcome.push({}, nonce=None)
    refused_token(welcome.refresh(refresh_token), "invalid_grant")


def test_a_refresh_token_is_its_clients_own(welcome: Fapi2Client) -> None:
    """§5.3.2.1: bound to who proves to be the client."""
    refresh_token = welcome.redeem(welcome.code(scope=OFFLINE)).json["refresh_token"]
    refused_token(Fapi2Client.of(welcome.provider).refresh(refresh_token), "invalid_grant")


def test_a_long_nonce_comes_back_whole(welcome: Fapi2Client) -> None:
    """Checklist 26: 384 characters."""
    nonce = "n" * 384
    tokens = welcome.redeem(welcome.code(nonce=nonce)).json
    assert jwt.get_unverified_claims(tokens["id_token"])["nonce"] == nonce


def test_the_verifier_is_asked_for(welcome: Fapi2Client) -> None:
    """§5.3.2.2: PKCE."""
    code = welcome.code()
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://casework.example/callback",
    }
    refused_token(welcome.post("/token", body), "invalid_grant")
    refused_token(welcome.post("/token", {**body, "code_verifier": VERIFIER[::-1]}), "invalid_grant")


def test_redirects_do_not_repeat_what_was_posted(welcome: Fapi2Client) -> None:
    """§5.3.2.2: never 307."""
    query = {"client_id": welcome.client.client_id, "request_uri": welcome.reference()}
    posted = welcome.provider.post("/authorize", query)
    assert (posted.status_code, welcome.provider.get(posted.headers["Location"]).status_code) == (303, 303)


def test_assertions_of_another_key_are_refused(client: Fapi2Client) -> None:
    """§5.3.2.1; the key that assertions and proofs are made with may be two."""
    other = replace(client, assertion_key=ClientKey.make("ES256", ASSERTION_KEY.kid))
    refused_token(other.push({}), "invalid_client", 401)

"""Whatever programs send to the protocol's endpoints: never a 500, never a stack trace."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.initial_access import allow
from identity.clients.token_metadata import TokenMetadata
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.organisations import INITIATOR
from tests.factories.request_objects import request_claims
from tests.fuzz.fuzzing import BROKEN, GOOD, fuzz
from tests.fuzz.openapi import describe
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, VERIFIER, Provider, basic

KEY = ClientKey.make("ES256", "key")
TOKENS = TokenMetadata(grant_types=("authorization_code", "refresh_token"))


def known(provider: Provider) -> dict[str, list[str]]:
    """What clients of the provider can know and hold; what is wrong, schemathesis finds by itself."""
    client = provider.another_client(tokens=TOKENS, jwks=jwks(KEY))
    asked = provider.request(client_id=client.client_id, scope="openid offline_access")
    provider.sign_in()
    tokens = provider.redeem(provider.code(**asked), client).json
    pushed = provider.post("/par", asked, headers=basic(client)).json["request_uri"]
    signed = KEY.sign(request_claims(client.client_id, ISSUER, provider.now, **asked))
    with transaction(provider.engine) as session:
        initial = allow(
            session,
            provider.now,
            INITIATOR,
            organisation_id=provider.organisation.id,
            contact="the digital team",
            expires_at=provider.now + timedelta(hours=1),
            attempts=1000,
        )
    registered = provider.browser.post(
        "/register",
        json={"client_name": "Supplied", "redirect_uris": [REDIRECT_URI]},
        headers={"Authorization": f"Bearer {initial}"},
        base_url=ISSUER,
    ).json
    ids = [registered["client_id"]]
    manages = [f"Bearer {registered['registration_access_token']}"]
    secret, bearer = basic(client)["Authorization"], f"Bearer {tokens['access_token']}"
    return {
        **{name: [value] for name, value in asked.items() if name not in {"state", "nonce"}},
        **{f"Authorization:{name}": [secret] for name in ("pushed_authorization", "token", "introspection")},
        "Authorization:revocation": [secret],
        "Authorization:userinfo": [bearer],
        "Authorization:register": [f"Bearer {initial}"],
        **{f"{name}_registration": manages for name in ("Authorization:read", "Authorization:change")},
        "Authorization:delete_registration": manages,
        **{f"client_id:{name}_registration": ids for name in ("read", "change", "delete")},
        "client_name": ["Supplied"],
        "redirect_uris": [REDIRECT_URI, "com.example.app:/callback"],
        "token": [tokens["access_token"], tokens["refresh_token"], tokens["id_token"]],
        "access_token": [tokens["access_token"]],
        "refresh_token": [tokens["refresh_token"]],
        "id_token_hint": ["", tokens["id_token"]],
        "grant_type": ["authorization_code", "refresh_token"],
        "code": [provider.code(**asked)],
        "code_verifier": [VERIFIER],
        **{name: [""] for name in ("client_secret", "client_assertion_type", "dpop_jkt", "registration")},
        "client_assertion": [""],
        "request": ["", signed],
        "request_uri": ["", pushed],
        "response_mode": ["", "query", "form_post"],
        "prompt": ["", "none", "login"],
        "max_age": ["", "10000"],
        "claims": ["", '{"userinfo": {"name": null}}'],
        "resource": [""],
        "DPoP": [""],
    }


def test_no_request_is_an_error_of_ours(provider: Provider) -> None:
    """With a session in the browser, so that requests go as deep as they can."""
    values = known(provider)
    cookie = provider.browser.get_cookie("__Host-lanyard_session", domain="id.example")
    assert cookie
    provider.app.config["WTF_CSRF_ENABLED"] = False

    def send(request: Mapping[str, Any]) -> TestResponse:
        browser = provider.new_browser()
        browser.set_cookie(cookie.key, cookie.value, domain="id.example", secure=True)
        return browser.open(base_url=ISSUER, **request)

    statuses = fuzz(describe(provider.app, values, protocol=True), send, GOOD, BROKEN, examples=6)
    assert {200, 204, 303, 400, 401} <= statuses

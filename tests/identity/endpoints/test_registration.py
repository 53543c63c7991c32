"""Registration and its management (RFC 7591, RFC 7592, OpenID Connect Registration); checklist 18."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.initial_access import allow
from identity.clients.models import Client, ClientSecret
from identity.clients.registry import find_client
from identity.clients.service import ClientCredentials
from profiles.apps.models import App
from profiles.organisations.models import OrganisationDetail
from profiles.temporal import end, history
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.identity.endpoints.provider import ISSUER, Provider, answer

URI = "https://supplier.example/callback"


def new_token(provider: Provider, attempts: int = 20) -> str:
    with transaction(provider.engine) as session:
        return allow(
            session,
            provider.now,
            INITIATOR,
            organisation_id=provider.organisation.id,
            contact="the digital team",
            expires_at=provider.now + timedelta(hours=1),
            attempts=attempts,
        )


@pytest.fixture
def token(provider: Provider) -> str:
    return new_token(provider)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def register(provider: Provider, token: str, **metadata: Any) -> TestResponse:
    document = {"client_name": "Supplied", "redirect_uris": [URI], **metadata}
    return provider.browser.post("/register", json=document, headers=bearer(token), base_url=ISSUER)


def manage(provider: Provider, method: str, registered: dict[str, Any], document: Any = None) -> TestResponse:
    return provider.browser.open(
        registered["registration_client_uri"].removeprefix(ISSUER),
        method=method,
        json=document,
        headers=bearer(registered["registration_access_token"]),
        base_url=ISSUER,
    )


def refused(response: TestResponse, field: str, error: str = "invalid_client_metadata") -> None:
    """RFC 7591 §3.2.2."""
    assert response.status_code == 400, response.text
    assert response.json["error"] == error
    assert response.json["error_description"].startswith(f"{field}: ")
    assert response.headers["Cache-Control"] == "no-store"


def unauthorised(response: TestResponse) -> None:
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")


def test_a_client_registers_itself(provider: Provider, token: str) -> None:
    """RFC 7591 §3.2.1: 201, JSON that nobody keeps, credentials and everything that was registered."""
    response = register(provider, token, contacts=["desk@supplier.example"])
    assert response.status_code == 201
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json
    assert body["client_secret_expires_at"] == 0
    assert body["client_id_issued_at"] == int(provider.now.timestamp())
    assert body["registration_client_uri"] == f"{ISSUER}/register/{body['client_id']}"
    assert body["redirect_uris"] == [URI]
    assert body["token_endpoint_auth_method"] == "client_secret_basic"
    assert body["grant_types"] == ["authorization_code"]
    assert body["response_types"] == ["code"]


def test_the_secret_and_the_token_rest_hashed(provider: Provider, token: str) -> None:
    body = register(provider, token).json
    with transaction(provider.engine, writes=False) as session:
        client = session.get(Client, body["client_id"])
        kept = str(session.exec(select(ClientSecret)).all()) + str(client)
    assert body["client_secret"] not in kept
    assert body["registration_access_token"] not in kept


def test_a_registered_client_is_told_nothing_before_there_is_an_agreement(
    provider: Provider, token: str
) -> None:
    """The organisation agrees, not the supplier: signing in says so, and the app hears access_denied."""
    body = register(provider, token).json
    with transaction(provider.engine, writes=False) as session:
        client = session.get(Client, body["client_id"])
        assert client is not None
        app = session.get(App, client.app_id)
        assert app is not None
        assert (app.organisation_id, app.contact) == (provider.organisation.id, "the digital team")
    provider.sign_in()
    page = provider.authorize(client_id=body["client_id"], redirect_uri=URI)
    assert page.status_code == 403
    assert "no data-sharing agreement in force" in page.text


def test_the_credentials_authenticate(provider: Provider, token: str) -> None:
    body = register(provider, token).json
    client = ClientCredentials(body["client_id"], body["client_secret"])
    response = provider.redeem("unknown", client)
    assert response.json["error"] == "invalid_grant"


@pytest.mark.parametrize("wrong", ["", "unknown", "\xe9"])
def test_without_an_initial_access_token_nothing_is_registered(provider: Provider, wrong: str) -> None:
    """RFC 7591 §3: the endpoint is protected."""
    unauthorised(register(provider, wrong))
    with transaction(provider.engine, writes=False) as session:
        assert len(session.exec(select(Client)).all()) == 1


def test_for_an_organisation_that_has_ended_nothing_is_registered(provider: Provider, token: str) -> None:
    """Nobody would own the app."""
    with transaction(provider.engine) as session:
        [there] = history(session, OrganisationDetail, provider.now, organisation_id=provider.organisation.id)
        end(session, there, provider.now, provider.now, PROVENANCE)
    refused(register(provider, token), "initial_access_token")
    with transaction(provider.engine, writes=False) as session:
        assert len(session.exec(select(Client)).all()) == 1


@pytest.mark.parametrize("wrong", ["", "unknown"])
def test_who_has_no_token_waits_for_no_writer(provider: Provider, token: str, wrong: str) -> None:
    """On SQLite one at a time writes: whoever may not must not queue with those who may."""
    body = register(provider, token).json | {"registration_access_token": wrong}
    with transaction(provider.engine) as session:
        session.connection()  # from here on it writes
        unauthorised(register(provider, wrong))
        unauthorised(manage(provider, "DELETE", body))


def test_an_initial_access_token_expires(provider: Provider, token: str) -> None:
    provider.clock.forward(hours=1)
    unauthorised(register(provider, token))


def test_a_flood_of_registrations_is_limited(provider: Provider) -> None:
    """RFC 7591 §5: every attempt counts, refused ones and those at the same moment too."""
    token = new_token(provider, attempts=3)
    refused(register(provider, token, client_name=""), "client_name")

    def attempt(_number: int) -> int:
        document = {"client_name": "Flood", "redirect_uris": [URI]}
        client = provider.app.test_client()
        return client.post("/register", json=document, headers=bearer(token), base_url=ISSUER).status_code

    with ThreadPoolExecutor(5) as threads:
        assert sorted(threads.map(attempt, range(5))) == [201, 201, 401, 401, 401]


@pytest.mark.parametrize(
    "uri",
    [
        *(f"{URI}#fragment", "http://supplier.example/cb", "https://*.example/cb", "https://localhost/cb"),
        *("com.example.app:/cb", "javascript:alert(1)", "https://user@supplier.example/", "/cb", ""),
    ],
)
def test_a_bad_redirect_uri_is_refused(provider: Provider, token: str, uri: str) -> None:
    """RFC 7591 §3.2.2 invalid_redirect_uri; OpenID Connect Registration §2: no fragment."""
    refused(register(provider, token, redirect_uris=[uri]), "redirect_uris", "invalid_redirect_uri")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("client_name", 1), ("contacts", "x"), ("contacts", [1]), ("jwks", "x"), ("scope", ["openid"])),
        *(("initiate_login_uri", "http://supplier.example/"), ("logo_uri", "http://supplier.example/l.png")),
        *(("policy_uri", "javascript:alert(1)"), ("tos_uri", "ftp://supplier.example/")),
        *(("token_endpoint_auth_method", "client_secret_jwt"), ("id_token_signed_response_alg", "none")),
        *(("subject_type", "public"), ("response_types", ["token"]), ("grant_types", ["implicit"])),
        *(("id_token_encrypted_response_alg", "RSA-OAEP"), ("dpop_bound_access_tokens", 1)),
        *(("require_pushed_authorization_requests", "true"), ("require_auth_time", 1)),
        *(("default_max_age", "60"), ("default_max_age", -1), ("default_max_age", True)),
        *(("default_acr_values", "phr"), ("default_acr_values", ["gold"])),
        ("require_signed_request_object", 1),
        *(("request_object_signing_alg", "none"), ("request_object_signing_alg", "HS256")),
        *(
            ("request_uris", ["http://supplier.example/r"]),
            ("request_uris", ["https://u@supplier.example/r"]),
        ),
        ("request_object_encryption_alg", "RSA-OAEP"),
        *(("application_type", "other"), ("backchannel_logout_uri", "http://169.254.169.254/")),
    ],
)
def test_bad_metadata_is_refused(provider: Provider, token: str, field: str, value: Any) -> None:
    """RFC 7591 §3.2.2 invalid_client_metadata; what is not supported is not silently promised."""
    refused(register(provider, token, **{field: value}), field)


def test_tokens_of_a_key_alone_may_be_asked_for(provider: Provider, token: str) -> None:
    """RFC 9449 §5.2."""
    body = register(provider, token, dpop_bound_access_tokens=True).json
    assert body["dpop_bound_access_tokens"] is True
    with Session(provider.engine) as session:
        assert find_client(session, body["client_id"]).must_prove_a_key


def test_signed_userinfo_may_be_asked_for(provider: Provider, token: str) -> None:
    """OpenID Connect Registration §2."""
    body = register(provider, token, userinfo_signed_response_alg="ES256").json
    assert body["userinfo_signed_response_alg"] == "ES256"
    refused(register(provider, token, userinfo_signed_response_alg="none"), "userinfo_signed_response_alg")


def test_a_public_client_gets_no_secret(provider: Provider, token: str) -> None:
    """RFC 7591 §3.2.1: client_secret only if one is issued."""
    response = register(provider, token, token_endpoint_auth_method="none")
    assert response.status_code == 201
    assert response.json["token_endpoint_auth_method"] == "none"
    assert not {"client_secret", "client_secret_expires_at"} & set(response.json)


def test_a_native_app_registers_the_addresses_of_a_device(provider: Provider, token: str) -> None:
    """RFC 8252 §7; OpenID Connect Registration §2, application_type."""
    uris = ["http://127.0.0.1/callback", "com.example.app:/callback"]
    native = {"application_type": "native", "redirect_uris": uris, "client_uri": "https://supplier.example/"}
    response = register(provider, token, token_endpoint_auth_method="none", **native)
    assert response.status_code == 201, response.text
    assert (response.json["application_type"], response.json["redirect_uris"]) == ("native", uris)


def test_how_people_must_have_signed_in_is_kept_and_told(provider: Provider, token: str) -> None:
    """OpenID Connect Registration §2."""
    level = ["urn:lanyard:acr:sfa"]
    asked = {"default_max_age": 0, "require_auth_time": True, "default_acr_values": level}
    body = register(provider, token, **asked).json
    assert {name: body[name] for name in asked} == asked
    assert not set(asked) & set(register(provider, token).json)


def test_a_client_may_bind_itself_to_pushing(provider: Provider, token: str) -> None:
    """RFC 9126 §6: kept, told, and obeyed by the authorization endpoint."""
    response = register(provider, token, require_pushed_authorization_requests=True)
    assert response.json["require_pushed_authorization_requests"] is True
    provider.sign_in()
    refusal = provider.authorize(client_id=response.json["client_id"], redirect_uri=URI)
    assert answer(refusal, URI)["error"] == "invalid_request"
    assert "require_pushed_authorization_requests" not in register(provider, token).json


def test_a_client_may_say_how_it_signs_its_requests(provider: Provider, token: str) -> None:
    """OpenID Connect Registration §2, RFC 9101 §10.5: kept and told; it needs keys."""
    said = {
        "request_object_signing_alg": "ES256",
        "require_signed_request_object": True,
        "request_uris": ["https://supplier.example/request#hash"],
    }
    for name, value in said.items():
        refused(register(provider, token, **{name: value}), "jwks")
    body = register(provider, token, **said, jwks=jwks(ClientKey.make())).json
    assert {name: body[name] for name in said} == said
    assert not set(said) & set(register(provider, token).json)


def test_what_is_not_understood_is_ignored(provider: Provider, token: str) -> None:
    """RFC 7591 §2."""
    response = register(provider, token, unheard_of={"x": 1}, scope="openid email nonsense")
    assert response.status_code == 201
    assert "unheard_of" not in response.json
    assert response.json["scope"] == "openid email"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"[" * 5000, b'{"a":' * 5000])
def test_what_is_no_json_object_is_refused(provider: Provider, token: str, body: bytes) -> None:
    headers = {**bearer(token), "Content-Type": "application/json"}
    refused(provider.browser.post("/register", data=body, headers=headers, base_url=ISSUER), "request")


def test_the_addresses_come_back(provider: Provider, token: str) -> None:
    """OpenID Connect Registration §3.2; checklist 18: both endpoints return initiate_login_uri."""
    addresses = {
        name: f"https://supplier.example/{name}"
        for name in ("initiate_login_uri", "logo_uri", "policy_uri", "tos_uri", "client_uri")
    }
    body = register(provider, token, **addresses).json
    read = manage(provider, "GET", body).json
    assert addresses.items() <= body.items()
    assert addresses.items() <= read.items()


def test_the_sector_lists_every_redirect_uri(provider: Provider, token: str) -> None:
    """OpenID Connect Registration §5."""
    sector = "https://sector.example/uris.json"
    uris = [URI, "https://other.example/callback"]
    refused(register(provider, token, redirect_uris=uris), "redirect_uris", "invalid_redirect_uri")
    for published in ({}, {sector: uris[:1]}, {sector: {"uris": uris}}, {sector: [1]}):
        provider.publish(published)
        response = register(provider, token, redirect_uris=uris, sector_identifier_uri=sector)
        refused(response, "sector_identifier_uri")
    provider.publish({sector: uris})
    body = register(provider, token, redirect_uris=uris, sector_identifier_uri=sector).json
    with transaction(provider.engine, writes=False) as session:
        client = session.get(Client, body["client_id"])
        assert client is not None
        assert client.sector == "sector.example"


def test_a_client_with_keys_gets_no_secret(provider: Provider, token: str) -> None:
    """RFC 7591 §3.2.1."""
    key = ClientKey.make()
    body = register(provider, token, token_endpoint_auth_method="private_key_jwt", jwks=jwks(key)).json
    assert body["jwks"] == jwks(key)
    assert "client_secret" not in body


def test_a_native_app_registers_its_own_scheme(provider: Provider, token: str) -> None:
    """RFC 8252 §7.1 and §7.3: and it may listen on any port."""
    native = {"application_type": "native", "client_uri": "https://supplier.example/"}
    uris = ["com.example.app:/cb", "http://127.0.0.1/cb"]
    body = register(provider, token, redirect_uris=uris, **native).json
    provider.sign_in()
    for uri in ("com.example.app:/cb", "http://127.0.0.1:50123/cb"):
        page = provider.authorize(client_id=body["client_id"], redirect_uri=uri)
        assert page.status_code == 403, page.text
    wrong = provider.authorize(client_id=body["client_id"], redirect_uri="http://127.0.0.1:50123/other")
    assert wrong.status_code == 400


def test_a_registration_is_read_without_the_secret(provider: Provider, token: str) -> None:
    """RFC 7592 §2.1."""
    body = register(provider, token).json
    read = manage(provider, "GET", body)
    assert read.status_code == 200
    assert read.json == {name: value for name, value in body.items() if not name.startswith("client_secret")}


def test_a_registration_is_replaced_as_a_whole(provider: Provider, token: str) -> None:
    """RFC 7592 §2.2: what is left out is gone."""
    body = register(provider, token, policy_uri="https://supplier.example/policy").json
    changed = {"client_id": body["client_id"], "client_name": "Renamed", "redirect_uris": [f"{URI}2"]}
    response = manage(provider, "PUT", body, changed)
    assert response.status_code == 200, response.text
    assert response.json["client_name"] == "Renamed"
    assert response.json["redirect_uris"] == [f"{URI}2"]
    assert "policy_uri" not in response.json
    assert provider.authorize(client_id=body["client_id"], redirect_uri=URI).status_code == 400


def test_the_notice_leads_to_the_apps_own_documents(provider: Provider) -> None:
    """OpenID Connect Registration §2, policy_uri and tos_uri; checklist 18."""
    policy, terms = "https://casework.example/policy", "https://casework.example/terms"
    client = provider.another_client(policy_uri=policy, tos_uri=terms)
    provider.sign_in(provider.new_employee())
    page = provider.authorize(client_id=client.client_id)
    assert f'href="{policy}"' in page.text
    assert f'href="{terms}"' in page.text


def test_a_change_never_changes_peoples_subs(provider: Provider, token: str) -> None:
    """OpenID Connect Core §8.1: another sector would make everybody a stranger."""
    body = register(provider, token).json
    changed = {
        "client_id": body["client_id"],
        "client_name": "X",
        "redirect_uris": ["https://casework.example/cb"],
    }
    refused(manage(provider, "PUT", body, changed), "redirect_uris", "invalid_redirect_uri")


@pytest.mark.parametrize("name", ["registration_access_token", "client_id_issued_at", "client_id"])
def test_a_change_says_its_client_id_and_nothing_of_ours(provider: Provider, token: str, name: str) -> None:
    """RFC 7592 §2.2."""
    body = register(provider, token).json
    changed = {"client_id": body["client_id"], "client_name": "X", "redirect_uris": [URI], name: "x"}
    refused(manage(provider, "PUT", body, changed), "client_id")


def test_a_deleted_client_is_gone_at_once(provider: Provider, token: str) -> None:
    """RFC 7592 §2.3."""
    body = register(provider, token).json
    client = ClientCredentials(body["client_id"], body["client_secret"])
    assert provider.redeem("unknown", client).json["error"] == "invalid_grant"
    assert manage(provider, "DELETE", body).status_code == 204
    assert provider.redeem("unknown", client).json["error"] == "invalid_client"
    unauthorised(manage(provider, "GET", body))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_its_own_token_manages_a_client(provider: Provider, token: str, method: str) -> None:
    """RFC 7592 §2: 401 for another's token, an unknown client, and a client made by command."""
    body, other = register(provider, token).json, register(provider, token).json
    theirs = body | {"registration_access_token": other["registration_access_token"]}
    unknown = other | {"registration_client_uri": f"{ISSUER}/register/unknown"}
    by_command = other | {"registration_client_uri": f"{ISSUER}/register/{provider.client.client_id}"}
    for wrong in (theirs, unknown, by_command, by_command | {"registration_access_token": ""}):
        unauthorised(manage(provider, method, wrong, {}))
    assert provider.redeem("unknown", provider.client).json["error"] == "invalid_grant"

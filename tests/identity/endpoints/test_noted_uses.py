"""When a client last proved itself, and with what, is noted once an hour."""

from datetime import datetime

from app.database import open_session
from identity.clients.client_secrets import fingerprint, hash_secret
from identity.clients.uses import uses_of
from tests.factories.client_keys import ASSERTION_TYPE, ClientKey, claims, jwks
from tests.identity.endpoints.provider import ISSUER, Provider, basic


def uses(provider: Provider, client_id: str) -> dict[str, datetime]:
    with open_session(provider.engine, writes=False) as session:
        return uses_of(session, client_id)


def test_a_secret_that_is_used_is_noted_by_its_fingerprint(provider: Provider) -> None:
    client = provider.client
    first = provider.now
    provider.ask_about("/introspect", "unknown")
    provider.clock.forward(minutes=59)
    provider.ask_about("/introspect", "unknown")
    used = fingerprint(hash_secret(client.client_secret))
    assert uses(provider, client.client_id) == {used: first}
    provider.clock.forward(minutes=1)
    provider.ask_about("/introspect", "unknown")
    assert uses(provider, client.client_id) == {used: provider.now}


def test_a_wrong_secret_is_no_use(provider: Provider) -> None:
    wrong = type(provider.client)(provider.client.client_id, "wrong")
    provider.post("/introspect", {"token": "unknown"}, headers=basic(wrong))
    assert uses(provider, provider.client.client_id) == {}


def test_a_key_that_is_used_is_noted(provider: Provider) -> None:
    key = ClientKey.make()
    made = provider.another_client(token_endpoint_auth_method="private_key_jwt", jwks=jwks(key))
    assertion = key.sign(claims(made.client_id, ISSUER, provider.now))
    body = {"token": "unknown", "client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE}
    assert provider.post("/introspect", body).status_code == 200
    assert uses(provider, made.client_id) == {"key": provider.now}


def test_a_public_client_that_is_heard_is_noted(provider: Provider) -> None:
    made = provider.another_client(token_endpoint_auth_method="none", backchannel_logout_uri=None)
    provider.post("/revoke", {"token": "unknown", "client_id": made.client_id})
    assert uses(provider, made.client_id) == {"none": provider.now}

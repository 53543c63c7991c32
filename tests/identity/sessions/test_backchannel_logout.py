"""Logout tokens and their delivery (OpenID Connect Back-Channel Logout 1.0)."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from identity.clients.registry import RegisteredClient
from identity.keys.algorithms import generate_key
from identity.keys.signer import LocalSigner
from identity.outgoing_http import is_public, outgoing_http
from identity.sessions.backchannel_logout import EVENT, logout_token, post

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAYLOAD = {"client_id": "casework", "session_client_id": str(uuid4()), "sub": "pairwise", "sid": "part"}


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, payload, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def signer() -> LocalSigner:
    key = generate_key("ES256")
    return LocalSigner("kid-1", "ES256", key.as_dict(private=True))


@pytest.fixture
def client() -> RegisteredClient:
    return RegisteredClient(
        client_id="casework",
        client_name="Casework",
        app_id=uuid4(),
        redirect_uris=("https://casework.example/callback",),
        post_logout_redirect_uris=(),
        backchannel_logout_uri="https://casework.example/logout",
        scopes=frozenset({"openid"}),
        token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg="ES256",
        require_pkce=True,
        sector="casework.example",
        grant_types=frozenset({"authorization_code"}),
        access_token_format="jwt",
        service_scopes=frozenset(),
        resources=frozenset(),
    )


def test_a_logout_token_has_every_claim_that_it_must_have(
    client: RegisteredClient, signer: LocalSigner
) -> None:
    """§2.4: iss, aud, iat, exp, jti, sub and sid as in the ID token, exactly one event, no nonce."""
    token = logout_token(PAYLOAD, client, issuer="https://id.example", signer=signer, now=NOW)
    header, claims = read(token)
    assert header == {"alg": "ES256", "kid": "kid-1", "typ": "logout+jwt"}
    assert len(claims.pop("jti")) >= 22
    assert claims == {
        "iss": "https://id.example",
        "aud": "casework",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 120,
        "sub": "pairwise",
        "sid": "part",
        "events": {EVENT: {}},
    }


def test_each_attempt_has_a_token_of_its_own(client: RegisteredClient, signer: LocalSigner) -> None:
    """§2.6: receivers refuse a jti that they have seen."""
    tokens = [logout_token(PAYLOAD, client, issuer="i", signer=signer, now=NOW) for _ in range(2)]
    assert read(tokens[0])[1]["jti"] != read(tokens[1])[1]["jti"]


@dataclass
class Receiver:
    """An app that answers with a status and remembers what it was sent."""

    status: int = 200
    location: str = ""
    seen: list[dict[str, list[str]]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.seen.append(parse_qs(body))
            self.send_response(state.status)
            if state.location:
                self.send_header("Location", state.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_port}/logout"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [200, 204])
def test_an_acknowledged_token_was_posted_as_a_form(receiver: Receiver, status: int) -> None:
    """§2.5 and §2.8."""
    receiver.status = status
    assert post(outgoing_http(public_only=False), receiver.address, "the.to.ken").acknowledged
    assert receiver.seen == [{"logout_token": ["the.to.ken"]}]


@pytest.mark.parametrize("status", [201, 400, 404, 500])
def test_any_other_answer_acknowledges_nothing(receiver: Receiver, status: int) -> None:
    """§2.8: 400 says that logging out failed."""
    receiver.status = status
    result = post(outgoing_http(public_only=False), receiver.address, "t")
    assert not result.acknowledged
    assert result.error == f"answered {status}"


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    """A receiver must not send our token elsewhere."""
    receiver.status, receiver.location = 307, receiver.address
    assert post(outgoing_http(public_only=False), receiver.address, "t").error == "answered 307"
    assert len(receiver.seen) == 1


def test_nobody_listening_is_an_error_and_not_a_crash() -> None:
    result = post(outgoing_http(public_only=False), "http://127.0.0.1:9/logout", "t")
    assert result.error == "could not be reached (ConnectionError)"


def test_plain_http_is_refused_outside_development(receiver: Receiver) -> None:
    result = post(outgoing_http(public_only=True), receiver.address, "t")
    assert result.error == "could not be reached (InvalidSchema)"
    assert receiver.seen == []


def test_a_private_address_is_given_up_before_a_byte_is_sent(receiver: Receiver) -> None:
    """Server-side request forgery: a name may resolve to our own network."""
    uri = receiver.address.replace("http://", "https://")
    result = post(outgoing_http(public_only=True), uri, "t")
    assert result.error == "could not be reached (ConnectionError)"
    assert receiver.seen == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "ff02::1"),
        *("64:ff9b::10.0.0.1", "2002:a00:1::1", "::10.0.0.1", "fec0::1"),
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)

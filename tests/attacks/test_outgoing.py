"""Server-side request forgery by every address that a client can give."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.database import transaction
from identity.clients.errors import DocumentUnavailable
from identity.clients.metadata import ClientMetadata
from identity.clients.registry import RegisteredClient, find_client
from identity.context import EXTENSION, Context
from identity.sessions.backchannel_logout import deliver
from tests.identity.endpoints.provider import Provider

FETCHED = {"jwks_uri", "sector_identifier_uri", "backchannel_logout_uri", "request_uris"}
"""We call these ourselves."""
FOLLOWED = {"initiate_login_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri"}
"""People's browsers open these; we never do."""
RETURNED_TO = {"redirect_uris", "post_logout_redirect_uris"}
"""People's browsers are sent there."""


NAMES_OF_THIS_MACHINE = (
    *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"),
    *("[::ffff:127.0.0.1]", "0.0.0.0"),
)

ELSEWHERE = (
    *("file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "dict://127.0.0.1:11211/"),
    *("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "unix:///var/run/docker.sock"),
)


@pytest.fixture
def inside() -> Iterator[socket.socket]:
    """Something that listens on this machine and must never be called."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def test_every_address_of_a_client_is_known_here() -> None:
    """A new one must say whether it is fetched, and then have its test below."""
    names = {name for name in ClientMetadata.__dataclass_fields__ if name.endswith(("uri", "uris", "url"))}
    assert names == FETCHED | FOLLOWED | RETURNED_TO


def call(provider: Provider, field: str, uri: str) -> None:
    """Do with this address what is done with the address of that field. Raises DocumentUnavailable."""
    context: Context = provider.app.extensions[EXTENSION]
    now = provider.now
    if field == "jwks_uri":
        if context.published_keys.find_key("client", uri, None, "ES256", now) is None:
            raise DocumentUnavailable("no key")
    elif field == "sector_identifier_uri":
        context.fetch_document(uri)
    elif field == "request_uris":
        context.fetch_request_object(uri)
    else:
        client = context.clients.recall(provider.client.client_id, now) or find(provider)
        payload = {"sub": "sub", "sid": "sid"}
        with provider.app.app_context():
            result = deliver(payload, replace(client, backchannel_logout_uri=uri), now, context)
        if not result.acknowledged:
            raise DocumentUnavailable(result.error)


def find(provider: Provider) -> RegisteredClient:
    with transaction(provider.engine, writes=False) as session:
        client = find_client(session, provider.client.client_id)
    assert client is not None
    return client


@pytest.mark.parametrize("field", sorted(FETCHED))
def test_nothing_on_this_machine_is_called(provider: Provider, inside: socket.socket, field: str) -> None:
    """Not a single packet: the address is judged before it is connected to, however it is written."""
    for host in NAMES_OF_THIS_MACHINE:
        for scheme in ("https", "http"):
            with pytest.raises(DocumentUnavailable):
                call(provider, field, f"{scheme}://{host}:{inside.getsockname()[1]}/")
            provider.clock.forward(minutes=2)  # a key set is not asked for again at once
    with pytest.raises(BlockingIOError):
        inside.accept()


@pytest.mark.parametrize("field", sorted(FETCHED))
def test_neither_other_schemes_nor_the_cloud_are_called(provider: Provider, field: str) -> None:
    for uri in ELSEWHERE:
        with pytest.raises(DocumentUnavailable):
            call(provider, field, uri)

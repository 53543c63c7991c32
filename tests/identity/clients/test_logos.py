"""Copies of clients' logos: fetched with limits, kept until another is registered."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlmodel import Session

from identity.clients import logos
from identity.clients import service as clients
from identity.clients.documents import MAX_IMAGE_BYTES, image_fetcher
from identity.clients.images import Image
from tests.factories.clients import make_client
from tests.factories.images import png
from tests.factories.organisations import INITIATOR, make_organisation
from tests.identity.web_server import WebServer, serve

URI = "https://casework.example/logo.png"
IMAGE = Image("image/png", png())


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serve() as server:
        server.headers, server.body = {"Content-Type": "image/png"}, png()
        yield server


@pytest.fixture
def client_id(session: Session, now: datetime) -> str:
    return make_client(session, now, make_organisation(session, now)).client_id


def fetched(server: WebServer) -> Image | None:
    return logos.fetch_logo(server.address, image_fetcher(development=True))


def test_a_logo_is_fetched(server: WebServer) -> None:
    assert fetched(server) == IMAGE


def test_no_address_no_logo() -> None:
    assert logos.fetch_logo(None, image_fetcher(development=True)) is None


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/html", png()),
        ("image/svg+xml", b"<svg/>"),
        ("image/png", b"<svg/>"),
        ("image/png", png() + bytes(MAX_IMAGE_BYTES)),
    ],
    ids=["html", "svg", "svg-as-png", "large"],
)
def test_what_is_no_such_image_is_left_out(server: WebServer, media_type: str, body: bytes) -> None:
    server.headers, server.body = {"Content-Type": media_type}, body
    assert fetched(server) is None


def test_a_redirect_is_not_followed(server: WebServer) -> None:
    server.status, server.headers = 302, {"Location": "/elsewhere", "Content-Type": "image/png"}
    assert fetched(server) is None
    assert server.asked == ["/document.json"]


def test_outside_development_this_machine_is_not_asked(server: WebServer) -> None:
    """Server-side request forgery: the same guard as for every address that a client gives."""
    assert logos.fetch_logo(server.address, image_fetcher(development=False)) is None
    assert server.asked == []


def test_a_copy_is_found_by_its_digest_while_its_address_is_registered(
    session: Session, now: datetime, client_id: str
) -> None:
    logos.keep(session, client_id, URI, IMAGE, now)
    digest = logos.find_digest(session, client_id, URI)
    assert digest is not None
    assert logos.find(session, digest) == IMAGE
    assert logos.find_digest(session, client_id, "https://casework.example/other.png") is None


def test_another_logo_takes_its_place(session: Session, now: datetime, client_id: str) -> None:
    logos.keep(session, client_id, URI, IMAGE, now)
    before = logos.find_digest(session, client_id, URI) or ""
    logos.keep(session, client_id, URI, Image("image/png", png(16, 16)), now)
    assert logos.find_digest(session, client_id, URI) not in {None, before}
    assert logos.find(session, before) is None


def test_a_copy_stays_while_the_same_address_cannot_be_reached(
    session: Session, now: datetime, client_id: str
) -> None:
    logos.keep(session, client_id, URI, IMAGE, now)
    logos.keep(session, client_id, URI, None, now)
    assert logos.find_digest(session, client_id, URI)


@pytest.mark.parametrize("uri", [None, "https://casework.example/other.png"])
def test_a_copy_goes_with_its_address(
    session: Session, now: datetime, client_id: str, uri: str | None
) -> None:
    logos.keep(session, client_id, URI, IMAGE, now)
    digest = logos.find_digest(session, client_id, URI) or ""
    logos.keep(session, client_id, uri, None, now)
    assert logos.find(session, digest) is None


def test_the_logo_of_a_disabled_client_is_not_served(session: Session, now: datetime, client_id: str) -> None:
    logos.keep(session, client_id, URI, IMAGE, now)
    digest = logos.find_digest(session, client_id, URI) or ""
    clients.disable(session, now, INITIATOR, client_id)
    assert logos.find(session, digest) is None

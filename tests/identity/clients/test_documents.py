"""Documents that clients publish, fetched with limits; server-side request forgery by every address."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from identity.clients.documents import (
    MAX_BYTES,
    MAX_REQUEST_OBJECT_BYTES,
    REQUEST_OBJECT_TYPES,
    document_fetcher,
    fetch_json,
    fetch_request_object,
    request_object_fetcher,
)
from identity.clients.errors import DocumentUnavailable
from identity.outgoing_http import is_public, outgoing_http
from tests.identity.web_server import WebServer, serve


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serve() as server:
        yield server


def fetch(server: WebServer, lifetime: float = 5.0) -> object:
    with outgoing_http(public_only=False, lifetime=lifetime) as http:
        return fetch_json(http, server.address)


@pytest.mark.parametrize("media_type", ["application/json", "application/jwk-set+json; charset=utf-8"])
def test_a_document_is_fetched(server: WebServer, media_type: str) -> None:
    server.headers, server.body = {"Content-Type": media_type}, b'{"keys": []}'
    assert fetch(server) == {"keys": []}


def test_a_redirect_is_not_followed(server: WebServer) -> None:
    """Neither to an address that was refused in the first place."""
    server.status, server.headers = 302, {"Location": "/elsewhere"}
    with pytest.raises(DocumentUnavailable, match="answered 302"):
        fetch(server)
    assert server.asked == ["/document.json"]


@pytest.mark.parametrize("media_type", ["text/html", "application/jwt", ""])
def test_another_type_is_refused(server: WebServer, media_type: str) -> None:
    server.headers = {"Content-Type": media_type}
    with pytest.raises(DocumentUnavailable, match="not served as application/json"):
        fetch(server)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 60_000])
def test_what_is_not_json_is_refused(server: WebServer, body: bytes) -> None:
    server.body = body
    with pytest.raises(DocumentUnavailable, match="is not JSON"):
        fetch(server)


def test_a_large_document_is_refused(server: WebServer) -> None:
    server.body = b" " * MAX_BYTES + b"{}"
    with pytest.raises(DocumentUnavailable, match="larger"):
        fetch(server)


def test_a_compressed_document_is_refused(server: WebServer) -> None:
    """A few bytes may unpack to millions."""
    server.headers |= {"Content-Encoding": "gzip"}
    with pytest.raises(DocumentUnavailable, match="compressed"):
        fetch(server)


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"])
def test_a_server_that_trickles_is_cut_off(server: WebServer, beginning: bytes) -> None:
    """A byte now and then keeps within every timeout between two bytes."""
    over = threading.Event()

    def trickle(write: Callable[[bytes], object]) -> None:
        write(beginning)
        while not over.wait(0.02):
            write(b" ")  # ends with OSError once the connection is cut

    server.trickle = trickle
    began = time.monotonic()
    with pytest.raises(DocumentUnavailable):
        fetch(server, lifetime=0.3)
    assert time.monotonic() - began < 4
    over.set()


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433", "0x7f.1"),
        *(
            "0177.0.0.1",
            "127.1",
            "0",
            "169.254.169.254",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "[fe80::1]",
        ),
        *("[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "100.64.0.1", "224.0.0.1"),
    ],
)
def test_no_writing_of_a_private_address_is_called(server: WebServer, host: str) -> None:
    """SSRF: loopback, link-local, IPv6-mapped, translated, decimal, octal and short."""
    port = server.address.split(":")[2].partition("/")[0]
    with pytest.raises(DocumentUnavailable, match="could not be reached"):
        document_fetcher(development=False)(f"https://{host}:{port}/document.json")
    assert server.asked == []


def test_plain_http_is_not_called_outside_development(server: WebServer) -> None:
    with pytest.raises(DocumentUnavailable):
        document_fetcher(development=False)(server.address)
    assert server.asked == []
    assert document_fetcher(development=True)(server.address) == {}


@pytest.mark.parametrize("scheme", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "//x/"])
@pytest.mark.parametrize("development", [True, False])
def test_no_other_scheme_is_called(scheme: str, development: bool) -> None:
    with pytest.raises(DocumentUnavailable):
        document_fetcher(development=development)(scheme)


def test_one_private_address_among_public_ones_is_refused() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    with outgoing_http(public_only=True, resolve=resolve) as http, pytest.raises(DocumentUnavailable):
        fetch_json(http, "https://two-faced.example/")


def test_a_name_that_changes_its_mind_is_connected_where_it_was_judged() -> None:
    """DNS rebinding: there is one question, and exactly its answer is connected to."""
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    judged: list[str] = []

    def permits(address: str) -> bool:
        judged.append(address)
        return address == "127.0.0.2"

    with socket.create_server(("127.0.0.2", 0)) as listener:
        listener.settimeout(5)
        arrived: list[str] = []

        def accept() -> None:
            connection, _ = listener.accept()
            with connection:
                arrived.append(connection.getsockname()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        uri = f"https://rebinding.example:{listener.getsockname()[1]}/"
        guarded = outgoing_http(public_only=True, resolve=lambda *_: next(answers), permits=permits)
        with guarded as http, pytest.raises(requests.exceptions.ConnectionError):
            http.get(uri, timeout=5)
        thread.join()
    assert arrived == judged == ["127.0.0.2"]
    assert list(answers) == [["127.0.0.1"]]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port of 127.0.0.2 that leaves everybody waiting: its queue is full."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.2", 0), backlog=0))
        for _ in range(2):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_many_addresses_take_no_more_time_than_one(silent_port: int) -> None:
    """Whoever writes a name's records must not hold a thread for as long as there are records."""
    begun = time.monotonic()
    http = outgoing_http(public_only=False, lifetime=0.5, resolve=lambda *_: ["127.0.0.2"] * 50)
    with http, pytest.raises(requests.exceptions.ConnectionError):
        http.get(f"http://many.example:{silent_port}/", timeout=0.4)
    assert time.monotonic() - begun < 1.2


def test_an_address_that_does_not_answer_leaves_time_for_the_next(server: WebServer) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]

    uri = server.address.replace("127.0.0.1", "two.example")
    with outgoing_http(public_only=False, resolve=resolve) as http:
        assert fetch_json(http, uri) == {}


def test_four_addresses_of_a_name_are_tried(server: WebServer) -> None:
    uri = server.address.replace("127.0.0.1", "five.example")
    resolve = [f"127.0.0.{number}" for number in (3, 4, 5, 6, 1)]
    with outgoing_http(public_only=False, resolve=lambda *_: resolve) as http:
        with pytest.raises(DocumentUnavailable):
            fetch_json(http, uri)
        assert server.asked == []


@pytest.mark.parametrize("address", ["64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1", "2001:0:1:1::1"])
def test_ipv4_in_disguise_is_not_public(address: str) -> None:
    assert not is_public(address)


def fetch_jwt(server: WebServer) -> str:
    with outgoing_http(public_only=False) as http:
        return fetch_request_object(http, server.address)


@pytest.mark.parametrize("media_type", REQUEST_OBJECT_TYPES)
def test_a_request_object_is_fetched(server: WebServer, media_type: str) -> None:
    """RFC 9101 §5.2.3 and §10.7."""
    server.headers, server.body = {"Content-Type": media_type}, b"a.b.c\n"
    assert fetch_jwt(server) == "a.b.c"


@pytest.mark.parametrize(
    ("media_type", "body", "reason"),
    [
        ("application/json", b"a.b.c", "not served"),
        ("text/html", b"a.b.c", "not served"),
        ("application/jwt", b"\xff.b.c", "not a JWT"),
        ("application/jwt", b"a" * (MAX_REQUEST_OBJECT_BYTES + 1), "larger"),
    ],
    ids=["json", "html", "binary", "large"],
)
def test_another_document_is_no_request_object(
    server: WebServer, media_type: str, body: bytes, reason: str
) -> None:
    server.headers, server.body = {"Content-Type": media_type}, body
    with pytest.raises(DocumentUnavailable, match=reason):
        fetch_jwt(server)


def test_request_objects_do_not_take_every_thread(server: WebServer) -> None:
    """Anybody can send us to a registered address, which may be slow: the third at once is told to wait."""
    fetch, arrived, over = request_object_fetcher(development=True), threading.Semaphore(0), threading.Event()

    def hang(_write: Callable[[bytes], object]) -> None:
        arrived.release()
        over.wait(10)

    def call() -> None:
        with contextlib.suppress(DocumentUnavailable):
            fetch(server.address)

    server.trickle = hang
    calls = [threading.Thread(target=call) for _ in range(2)]
    for one in calls:
        one.start()
        assert arrived.acquire(timeout=10)
    with pytest.raises(DocumentUnavailable, match="try again"):
        fetch(server.address)
    over.set()
    for one in calls:
        one.join()


def test_request_objects_are_public_or_nowhere(server: WebServer) -> None:
    """The same guard as for every document."""
    with pytest.raises(DocumentUnavailable):
        request_object_fetcher(development=False)(server.address)
    assert server.asked == []

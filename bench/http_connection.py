"""A connection that stays open, with just enough HTTP/1.1 to cost the driver next to nothing."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30
_CHUNK = 65536


class BadAnswer(ValueError):
    """What came back is not what the protocol says, or not what must come back."""


@dataclass(frozen=True)
class Answer:
    """A status, the headers by their lower-case names, the whole body, and the cookies that were set."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    cookies: tuple[str, ...] = ()


class HttpConnection:
    """Asks a server on the loopback as the proxy in front of it would: the issuer's host, over TLS."""

    def __init__(self, port: int, issuer: str, source: str = "192.0.2.1") -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._proxy = (
            f" HTTP/1.1\r\nHost: {urlsplit(issuer).netloc}\r\nX-Forwarded-Proto: https\r\n"
            f"X-Forwarded-For: {source}\r\nAccept: */*\r\n"
        )

    def __enter__(self) -> "HttpConnection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it; the next question opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: str = "") -> Answer:
        """Send a request and read the whole answer. Raises OSError, BadAnswer."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        connected = self._socket or self._connect()
        connected.sendall(f"{method} {target}{self._proxy}{lines}{length}\r\n{body}".encode("ascii"))
        answer = _read(connected)
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def _connect(self) -> socket.socket:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket


def _read(connected: socket.socket) -> Answer:
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _receive(connected)
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    headers, cookies = {}, []
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
        if name.lower() == "set-cookie":
            cookies.append(value.strip())
    if "content-length" not in headers:
        raise BadAnswer(f"no Content-Length after {first}")
    missing = int(headers["content-length"]) - (len(received) - end - 4)
    while missing > 0:
        more = _receive(connected)
        received += more
        missing -= len(more)
    return Answer(int(first.split(" ", 2)[1]), headers, received[end + 4 :], tuple(cookies))


def _receive(connected: socket.socket) -> bytes:
    more = connected.recv(_CHUNK)
    if not more:
        raise BadAnswer("the server closed the connection")
    return more

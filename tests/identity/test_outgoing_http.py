"""Calls over TLS: only to whom a certificate that counts was given, for exactly that name."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from bench.sign_ins.upstream import make_department
from identity.outgoing_http import outgoing_http, trusted


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _tls_server(certificate: Path, key: Path) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A certificate for 127.0.0.1, and the port of the server that has it."""
    made = make_department(tmp_path)
    with _tls_server(made.certificate, made.key) as port:
        yield made.certificate, port


def _call(host: str, port: int, known: ssl.SSLContext | None) -> int:
    with outgoing_http(
        public_only=True, resolve=lambda *_: ["127.0.0.1"], permits=lambda _: True, tls=known
    ) as http:
        return http.get(f"https://{host}:{port}/", timeout=5).status_code


def test_a_certificate_that_counts_is_believed_for_its_name_alone(certificate: tuple[Path, int]) -> None:
    file, port = certificate
    known = ssl.create_default_context(cafile=file)
    assert _call("127.0.0.1", port, known) == 204
    with pytest.raises(requests.exceptions.SSLError):
        _call("another.example", port, known)


def test_a_certificate_of_nobody_we_know_is_refused(certificate: tuple[Path, int]) -> None:
    _, port = certificate
    with pytest.raises(requests.exceptions.SSLError):
        _call("127.0.0.1", port, None)


def test_who_is_trusted_is_read_once(certificate: tuple[Path, int]) -> None:
    """It takes longer than a whole sign-in; and what one call is given, no other call knows."""
    file, port = certificate
    _call("127.0.0.1", port, ssl.create_default_context(cafile=file))
    assert trusted() is trusted()
    assert trusted().verify_mode is ssl.CERT_REQUIRED
    assert trusted().check_hostname

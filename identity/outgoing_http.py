"""Calls to addresses that somebody else wrote down.

Outside development they must be https and on the public net. A name is resolved once, and exactly the address
that was judged is connected to: a name that changes its mind between a check and the call gains nothing.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection
from urllib3.util.ssl_ import create_urllib3_context

Resolve = Callable[[str, int], list[str]]
Permits = Callable[[str], bool]

LIFETIME = 10.0
"""Seconds after which a connection is cut, so that nobody holds a thread by sending a byte now and then.

They begin with the question for its address: a name may have many addresses, none of which answers.
"""
MOST_ADDRESSES = 4
"""Of a name's addresses so many are tried."""

NAT64 = IPv6Network("64:ff9b::/96")
"""Gateways translate these to the IPv4 address in the last 32 bits (RFC 6052 §2.1)."""
LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
"""What these are translated to, each network decides for itself (RFC 8215)."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the machine's resolver gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public net; an IPv4 address inside IPv6 counts as what it is."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.is_site_local or address.teredo is not None or address in LOCAL_NAT64:
            return False
        address = _ipv4_inside(address) or address
    return address.is_global and not address.is_multicast


def _ipv4_inside(address: IPv6Address) -> IPv4Address | None:
    if address in NAT64 or address.packed[:12] == bytes(12):  # the latter: RFC 4291 §2.5.5.1
        return IPv4Address(address.packed[12:])
    return address.ipv4_mapped or address.sixtofour


@cache
def trusted() -> ssl.SSLContext:
    """Whose certificates count: read once for the process, because that takes longer than a call."""
    context: ssl.SSLContext = create_urllib3_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context


def outgoing_http(
    *,
    public_only: bool,
    lifetime: float = LIFETIME,
    resolve: Resolve = resolve,
    permits: Permits = is_public,
    tls: ssl.SSLContext | None = None,
) -> requests.Session:
    """A session for calls to clients: no proxy, no credentials from the machine, no private addresses.

    Without ``public_only``, which is for development, every address will do, by http too.
    """
    http = requests.Session()
    http.trust_env = False
    permitted = permits if public_only else lambda _address: True
    known = tls or trusted()
    http.mount("https://", _Guarded(resolve, permitted, lifetime, known))
    http.mount("http://", _Nowhere() if public_only else _Guarded(resolve, permitted, lifetime, known))
    return http


class _GuardedConnection(HTTPConnection):
    """Connects to an address that was judged, and only for so long; TLS still checks the name."""

    resolve: Resolve
    permits: Permits
    lifetime: float
    watch: Callable[[socket.socket, float], None]

    def _new_conn(self) -> socket.socket:
        deadline = time.monotonic() + self.lifetime
        try:
            addresses = self.resolve(self._dns_host, self.port)
        except (OSError, UnicodeError):
            raise NameResolutionError(self.host, self, socket.gaierror("unknown name")) from None
        # One private address among several is one too many: such an answer is an attempt.
        if not addresses or not all(self.permits(address) for address in addresses):
            raise NewConnectionError(self, "the address is not permitted")
        opened = self._connect(addresses[:MOST_ADDRESSES], deadline)
        self.watch(opened, deadline)
        return opened

    def _connect(self, addresses: list[str], deadline: float) -> socket.socket:
        for address in addresses:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            timeout = min(self.timeout, left) if isinstance(self.timeout, int | float) else left
            with contextlib.suppress(OSError):
                return create_connection((address, self.port), timeout)
        raise NewConnectionError(self, "no address answers")


class _GuardedTLSConnection(_GuardedConnection, HTTPSConnection):
    """The same with TLS."""


def _cut(watched: socket.socket) -> None:
    with contextlib.suppress(OSError):
        watched.shutdown(socket.SHUT_RDWR)


class _Guarded(HTTPAdapter):
    def __init__(self, resolve: Resolve, permits: Permits, lifetime: float, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._rules: dict[str, Any] = {
            "resolve": staticmethod(resolve),
            "permits": staticmethod(permits),
            "watch": staticmethod(self._watch),
            "lifetime": lifetime,
        }
        self._watched: list[tuple[threading.Timer, socket.socket]] = []
        super().__init__()

    def _watch(self, opened: socket.socket, deadline: float) -> None:
        """Cut this connection at its deadline, unless the session is closed before."""
        # A second handle, because TLS takes the first one over. The connection itself says that it is closed
        # while the body of an answer without a length is still to be read.
        handle = opened.dup()
        timer = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, (handle,))
        timer.daemon = True
        self._watched.append((timer, handle))
        timer.start()

    def close(self) -> None:
        super().close()
        for timer, handle in self._watched:
            timer.cancel()
            handle.close()
        self._watched.clear()

    def cert_verify(self, conn: Any, url: str, verify: object, cert: object) -> None:
        """Certificates must be good, always; requests would have them read again for each connection."""
        conn.cert_reqs = "CERT_REQUIRED"

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._tls)
        plain = type("Guarded", (_GuardedConnection,), self._rules)
        secure = type("GuardedTLS", (_GuardedTLSConnection,), self._rules)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("GuardedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("GuardedTLSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


class _Nowhere(HTTPAdapter):
    def send(self, *_args: Any, **_kwargs: Any) -> requests.Response:
        raise requests.exceptions.InvalidSchema("only https is allowed")

"""Calls to addresses that somebody else wrote down.

Outside development they must be https and on the public net, whatever the name resolves to. The address is
checked on the open connection: a name that changes its mind between a check and the call gains nothing.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

NAT64 = IPv6Network("64:ff9b::/96")
"""Gateways translate these to the IPv4 address in the last 32 bits (RFC 6052 §2.1)."""


def outgoing_http(*, public_only: bool) -> requests.Session:
    """A session for calls to clients: no proxy, no credentials from the machine, no private addresses."""
    http = requests.Session()
    http.trust_env = False
    if public_only:
        http.mount("https://", _PublicOnly())
        http.mount("http://", _Nowhere())
    return http


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public net; an IPv4 address inside IPv6 counts as what it is."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.is_site_local:
            return False
        address = _ipv4_inside(address) or address
    return address.is_global and not address.is_multicast


def _ipv4_inside(address: IPv6Address) -> IPv4Address | None:
    if address in NAT64 or address.packed[:12] == bytes(12):  # the latter: RFC 4291 §2.5.5.1
        return IPv4Address(address.packed[12:])
    return address.ipv4_mapped or address.sixtofour


class _PublicConnection(HTTPSConnection):
    """A connection that is given up, before a byte is sent, when the other end is not on the public net."""

    def _new_conn(self) -> socket:
        opened = super()._new_conn()
        if not is_public(opened.getpeername()[0]):
            opened.close()
            raise NewConnectionError(self, "the address is not public")
        return opened


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicOnly(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


class _Nowhere(HTTPAdapter):
    def send(self, *_args: Any, **_kwargs: Any) -> requests.Response:
        raise requests.exceptions.InvalidSchema("only https is allowed")

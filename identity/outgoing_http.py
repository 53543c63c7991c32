"""Calls to addresses that somebody else wrote down.

Outside development they must be https and on the public net, whatever the name resolves to. The address is
checked on the open connection: a name that changes its mind between a check and the call gains nothing.
"""

from ipaddress import IPv6Address, ip_address
from socket import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError


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
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_global and not address.is_multicast


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

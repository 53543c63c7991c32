"""Which addresses a client may register, judged once, when it is registered.

A request is then compared with them character by character (RFC 9700 §2.1), so that nothing about an address
needs judging again where an attacker writes it.
"""

import re
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from identity.clients.errors import InvalidClientMetadata

MAX_CHARACTERS = 2000
PAIRWISE, PUBLIC = SUBJECT_TYPES = ("pairwise", "public")
PUBLIC_SECTOR = "*"
"""No host: the sector of all clients with public subjects."""
WEB, NATIVE = APPLICATION_TYPES = ("web", "native")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# RFC 3986 §2: unreserved, reserved and percent; spaces, quotes, backslashes and non-ASCII are none of them.
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_PRIVATE_USE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")


class Described(Protocol):
    """The part of a client's metadata that its sector comes from."""

    @property
    def application_type(self) -> str: ...
    @property
    def redirect_uris(self) -> tuple[str, ...]: ...
    @property
    def subject_type(self) -> str: ...
    @property
    def sector_identifier_uri(self) -> str | None: ...


def check_redirect_uri(
    uri: str, field: str, *, development: bool, application_type: str = APPLICATION_TYPES[0]
) -> None:
    """Refuse what a browser must not be sent to (RFC 6749 §3.1.2, RFC 9700 §4.1.3).

    A web client's are https (or http on the loopback in development). A native one's may also be http on the
    loopback, or of a private-use scheme named after a domain (RFC 8252 §7, OpenID Connect Registration §2).
    No fragment, wildcard, user or dot segments. Raises InvalidClientMetadata.
    """
    parts = _split(uri, field)
    if application_type == NATIVE and parts.scheme == "http" and parts.hostname in LOOPBACK:
        _check_origin(uri, parts, field, development=True)
    elif application_type == NATIVE and parts.scheme not in {"http", "https"}:
        _check_private_use(uri, parts, field)
    else:
        _check_origin(uri, parts, field, development=development)
        if not development and _is_local(parts.hostname or ""):
            raise InvalidClientMetadata(field, f"{uri} is on localhost, which only a native app may use")


def check_uri(uri: str, field: str, *, development: bool) -> None:
    """Refuse what we must not call or link to: https (or loopback in development), no fragment, no user.

    Raises InvalidClientMetadata.
    """
    _check_origin(uri, _split(uri, field), field, development=development)


def is_same_loopback_address(registered: str, asked: str) -> bool:
    """Whether two loopback addresses by http differ in nothing but the port (RFC 8252 §7.3)."""
    if not asked.startswith("http://") or not _URI_CHARACTERS.fullmatch(asked):
        return False
    try:
        one, other = urlsplit(registered), urlsplit(asked)
        host, _ = one.hostname, (one.port, other.port)
    except ValueError:
        return False
    if one.scheme != "http" or host not in LOOPBACK or other.hostname != host:
        return False
    bracketed = f"[{host}]" if ":" in host else host
    if other.netloc not in {bracketed, f"{bracketed}:{other.port}"}:
        return False
    return registered.removeprefix(f"http://{one.netloc}") == asked.removeprefix(f"http://{other.netloc}")


class Placed(Protocol):
    """The part of a client's metadata that says where people find the app."""

    @property
    def application_type(self) -> str: ...
    @property
    def redirect_uris(self) -> tuple[str, ...]: ...
    @property
    def client_uri(self) -> str | None: ...


def home_of(placed: Placed) -> str:
    """Where people find the app: what it says, or else the origin of a redirect URI that is a web address.

    A native app's loopback is on somebody's device. Raises InvalidClientMetadata when nothing says it.
    """
    if placed.client_uri is not None:
        return placed.client_uri
    for uri in placed.redirect_uris:
        origin = web_origin(uri)
        if origin is not None and (placed.application_type == WEB or origin.startswith("https://")):
            return f"{origin}/"
    raise InvalidClientMetadata("client_uri", "is needed where no redirect URI says where the app is")


def web_origin(uri: str) -> str | None:
    """The origin of a registered address as browsers write it (RFC 6454 §6.2); None when it has none.

    Registered addresses have their host in small letters and ASCII already.
    """
    parts = urlsplit(uri)
    if parts.scheme not in _DEFAULT_PORTS or parts.hostname is None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port in {None, _DEFAULT_PORTS[parts.scheme]}:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{parts.port}"


def sector_of(described: Described, client_id: str, sector_identifier: str | None) -> str:
    """The host that pairwise subs are made for (OpenID Connect Core §8.1).

    A native app without a host has a sector of its own, its ``client_id``: "localhost" is everybody's.
    Clients with public subjects are one sector together.
    Raises InvalidClientMetadata when redirect URIs on several hosts leave it open, and for a sector that
    would change nothing.
    """
    if described.subject_type == PUBLIC:
        if sector_identifier is not None:
            raise InvalidClientMetadata("sector_identifier", "public subjects are the same in every sector")
        return PUBLIC_SECTOR
    if sector_identifier is not None:
        sector = sector_identifier.lower()
        if not _HOST.fullmatch(sector):
            raise InvalidClientMetadata("sector_identifier", f"{sector_identifier} is not a host name")
        return sector
    if described.sector_identifier_uri is not None:
        return urlsplit(described.sector_identifier_uri).hostname or ""
    hosts = hosts_of(described.redirect_uris)
    if described.application_type == NATIVE and hosts <= {"", *LOOPBACK}:
        return client_id
    if len(hosts) != 1:
        raise InvalidClientMetadata(
            "redirect_uris", "redirect URIs on several hosts need a sector_identifier_uri"
        )
    return hosts.pop()


def hosts_of(uris: Iterable[str]) -> set[str]:
    """The hosts of addresses that have been checked; empty for a private-use scheme."""
    return {_host_of(uri) for uri in uris}


def _host_of(uri: str) -> str:
    parts = urlsplit(uri)
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def _split(uri: str, field: str) -> SplitResult:
    if not _URI_CHARACTERS.fullmatch(uri) or len(uri) > MAX_CHARACTERS:
        raise InvalidClientMetadata(field, f"{uri[:80]!r} has characters that an address cannot have")
    if "#" in uri:
        raise InvalidClientMetadata(field, f"{uri} must not have a fragment")
    if "*" in uri:
        raise InvalidClientMetadata(field, f"{uri} must not have a wildcard")
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        raise InvalidClientMetadata(field, f"{uri} is not a valid address") from None
    return parts


def _check_origin(uri: str, parts: SplitResult, field: str, *, development: bool) -> None:
    host = parts.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    if parts.username is not None or "@" in parts.netloc:
        raise InvalidClientMetadata(field, f"{uri} must not name a user")
    if not _HOST.fullmatch(bracketed) or bracketed not in parts.netloc:
        raise InvalidClientMetadata(field, f"{uri} must have a host name in small letters")
    if parts.scheme != "https" and not (parts.scheme == "http" and development and host in LOOPBACK):
        allowed = "https, or http on localhost" if development else "https"
        raise InvalidClientMetadata(field, f"{uri} must be {allowed}")
    if any(segment in {".", ".."} for segment in parts.path.split("/")):
        raise InvalidClientMetadata(field, f"{uri} must not have dot segments")


def _check_private_use(uri: str, parts: SplitResult, field: str) -> None:
    """``com.example.app:/callback``: a domain turned round, so that no other app has it (RFC 8252 §7.1)."""
    if not _PRIVATE_USE.fullmatch(parts.scheme) or not uri.startswith(f"{parts.scheme}:"):
        raise InvalidClientMetadata(field, f"{uri} must have a scheme like com.example.app")
    if "@" in parts.netloc or {".", ".."}.intersection(parts.path.split("/")):
        raise InvalidClientMetadata(field, f"{uri} must be like com.example.app:/callback")


def _is_local(host: str) -> bool:
    return host in LOOPBACK or host.endswith(".localhost")

"""Which addresses a client may register, judged once, when it is registered.

A request is then compared with them character by character (RFC 9700 §2.1), so that nothing about an address
needs judging again where an attacker writes it.
"""

import re
from urllib.parse import SplitResult, urlsplit

from identity.clients.errors import InvalidClientMetadata

MAX_CHARACTERS = 2000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# RFC 3986 §2: unreserved, reserved and percent; spaces, quotes, backslashes and non-ASCII are none of them.
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")


def check_redirect_uri(uri: str, field: str, *, development: bool) -> None:
    """Refuse what a browser must not be sent to (RFC 6749 §3.1.2, RFC 9700 §4.1.3).

    Absolute, https (or http on the loopback in development), no fragment, wildcard, user or dot segments.
    Raises InvalidClientMetadata.
    """
    parts = _split(uri, field)
    if "#" in uri:
        raise InvalidClientMetadata(field, f"{uri} must not have a fragment")
    _check_origin(uri, parts, field, development=development)


def check_backchannel_logout_uri(uri: str, *, development: bool) -> None:
    """Refuse what we must not post to (OpenID Connect Back-Channel Logout §2.2).

    Raises InvalidClientMetadata.
    """
    field = "backchannel_logout_uri"
    parts = _split(uri, field)
    if "#" in uri:
        raise InvalidClientMetadata(field, f"{uri} must not have a fragment")
    _check_origin(uri, parts, field, development=development)


def sector_of(redirect_uris: list[str], sector_identifier: str | None) -> str:
    """The host that pairwise subs are made for (OpenID Connect Core §8.1).

    Raises InvalidClientMetadata when redirect URIs on several hosts leave it open.
    """
    if sector_identifier is not None:
        sector = sector_identifier.lower()
        if not _HOST.fullmatch(sector):
            raise InvalidClientMetadata("sector_identifier", f"{sector_identifier} is not a host name")
        return sector
    hosts = {urlsplit(uri).hostname or "" for uri in redirect_uris}
    if len(hosts) != 1:
        raise InvalidClientMetadata(
            "redirect_uris", "redirect URIs on several hosts need a sector identifier"
        )
    return hosts.pop()


def _split(uri: str, field: str) -> SplitResult:
    if not _URI_CHARACTERS.fullmatch(uri) or len(uri) > MAX_CHARACTERS:
        raise InvalidClientMetadata(field, f"{uri[:80]!r} has characters that an address cannot have")
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

"""What a department's provider says of itself (OpenID Connect Discovery §4), as a process remembers it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from identity.clients.documents import FetchDocument
from identity.clients.errors import DocumentUnavailable
from identity.federation.errors import Fault, UpstreamUnavailable

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT_FOR = timedelta(minutes=10)
OUTAGE_KEPT_FOR = timedelta(seconds=20)
"""How long a failed attempt is remembered, so that an outage there does not occupy our threads."""

PATIENCE = 2.0
"""Seconds for which somebody waits for what another thread is fetching already."""


@dataclass(frozen=True)
class UpstreamMetadata:
    """The endpoints of a provider, and what it promises."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    """Where people sign out there; None where it offers none that can be used."""
    registration_endpoint: str | None
    """Where clients register themselves; None where they cannot."""
    answers_with_iss: bool
    """Whether its answers always name it (RFC 9207 §3); then one that does not is refused."""


class UpstreamDirectory:
    """Finds out where providers are asked. Safe to share between threads.

    Of those who need the same configuration at once one fetches it, and the others wait for at most
    ``patience`` seconds: a slow department must not hold a thread for each of its people.
    """

    def __init__(self, fetch: FetchDocument, patience: float = PATIENCE) -> None:
        self._fetch = fetch
        self._patience = patience
        self._lock = threading.Condition()
        self._being_fetched: set[str] = set()
        self._known: dict[str, tuple[datetime, UpstreamMetadata | None]] = {}

    def find(self, issuer: str, now: datetime) -> UpstreamMetadata:
        """The metadata of an issuer, fetched when it is not known. Fetches: call it before any write begins.

        Raises UpstreamUnavailable.
        """
        with self._lock:
            known = self._recall(issuer, now)
            if known is None and issuer in self._being_fetched:
                self._lock.wait_for(lambda: issuer not in self._being_fetched, self._patience)
                known = self._recall(issuer, now)
                if known is None:
                    raise UpstreamUnavailable("the provider's configuration is slow to come", Fault.DISCOVERY)
            if known is None:
                self._being_fetched.add(issuer)
        if known is None:
            return self._fetch_for_all(issuer, now)
        _seen_at, metadata = known
        if metadata is None:
            raise UpstreamUnavailable("the provider did not answer a moment ago", Fault.DISCOVERY)
        return metadata

    def recall(self, issuer: str, now: datetime) -> UpstreamMetadata | None:
        """What is known of an issuer; nothing is fetched or waited for."""
        with self._lock:
            known = self._recall(issuer, now)
        return known[1] if known is not None else None

    def _recall(self, issuer: str, now: datetime) -> tuple[datetime, UpstreamMetadata | None] | None:
        known = self._known.get(issuer)
        if known is None:
            return None
        kept_for = OUTAGE_KEPT_FOR if known[1] is None else KEPT_FOR
        return known if abs(now - known[0]) < kept_for else None

    def _fetch_for_all(self, issuer: str, now: datetime) -> UpstreamMetadata:
        found = None
        try:
            found = read_metadata(issuer, self._fetch(issuer.rstrip("/") + WELL_KNOWN))
        except (DocumentUnavailable, UpstreamUnavailable) as error:
            raise UpstreamUnavailable(
                "the provider's configuration cannot be read", Fault.DISCOVERY
            ) from error
        finally:
            with self._lock:
                self._known[issuer] = (now, found)
                self._being_fetched.discard(issuer)
                self._lock.notify_all()
        return found


def read_metadata(issuer: str, unverified_document: object) -> UpstreamMetadata:
    """The document, strictly read: its issuer is exactly the one that was asked (Discovery §4.3).

    Raises UpstreamUnavailable.
    """
    if not isinstance(unverified_document, dict) or unverified_document.get("issuer") != issuer:
        raise UpstreamUnavailable("the configuration is another issuer's", Fault.DISCOVERY)
    secure = issuer.startswith("https://")
    return UpstreamMetadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(unverified_document, "authorization_endpoint", secure),
        token_endpoint=_endpoint(unverified_document, "token_endpoint", secure),
        jwks_uri=_endpoint(unverified_document, "jwks_uri", secure),
        end_session_endpoint=_optional(unverified_document, "end_session_endpoint", secure),
        registration_endpoint=_optional(unverified_document, "registration_endpoint", secure),
        answers_with_iss=unverified_document.get("authorization_response_iss_parameter_supported") is True,
    )


def _optional(document: Mapping[str, Any], name: str, secure: bool) -> str | None:
    try:
        return _endpoint(document, name, secure)
    except UpstreamUnavailable:
        return None


def _endpoint(document: Mapping[str, Any], name: str, secure: bool) -> str:
    """An absolute address without fragment; https as the issuer's own is."""
    address = document.get(name)
    if not isinstance(address, str) or not address.isascii():
        raise UpstreamUnavailable(f"the configuration has no {name}", Fault.DISCOVERY)
    try:
        parts = urlsplit(address)
    except ValueError:
        raise UpstreamUnavailable(f"{name} is not an address", Fault.DISCOVERY) from None
    if (
        parts.scheme not in ({"https"} if secure else {"https", "http"})
        or not parts.hostname
        or parts.fragment
    ):
        raise UpstreamUnavailable(f"{name} is not an address that can be used", Fault.DISCOVERY)
    return address

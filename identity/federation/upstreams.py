"""What signing in through departments' providers needs of the process: how it asks, and what it remembers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, current_app

from identity.clients.client_keys import PublishedKeys
from identity.federation.errors import Fault, UpstreamUnavailable
from identity.federation.gate import SmallGate
from identity.federation.models import UpstreamProvider
from identity.federation.openid.exchange import PostForm
from identity.federation.openid.id_token import FindKey
from identity.federation.openid.metadata import UpstreamDirectory, UpstreamMetadata
from identity.federation.openid.registration import PostJson
from identity.keys.encryption import KeyEncryption
from identity.keys.public_key import PublicKey

EXTENSION = "upstreams"
WAIT_SECONDS = 0.5
"""How long somebody waits until fewer are asking."""


@dataclass(frozen=True)
class Upstreams:
    """One process's way to the departments' providers."""

    directory: UpstreamDirectory
    published_keys: PublishedKeys
    post: PostForm
    post_json: PostJson
    encryption: KeyEncryption
    secret_key: str = field(repr=False)
    gate: SmallGate = field(default_factory=lambda: SmallGate(waiting=1, seconds=WAIT_SECONDS))
    """As many may ask at once: fewer than the process has threads."""
    logout_gate: SmallGate = field(default_factory=lambda: SmallGate(waiting=1, seconds=WAIT_SECONDS))
    """Who sends a logout token proves nothing before its key is found, so that has a gate of its own."""

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask a provider, a few at once: a slow department must not hold every thread of the process.

        Raises UpstreamBusy when too many are asking already.
        """
        with self.gate.passing():
            yield

    def find_logout_key(
        self, provider: UpstreamProvider, kid: str | None, algorithm: str, now: datetime
    ) -> PublicKey | None:
        """The published key that a logout token names, from memory where it is known.

        Fetches otherwise. Raises UpstreamUnavailable, also when others are fetching for such tokens.
        """
        metadata = self.directory.recall(provider.issuer, now)
        if metadata is not None:
            known = self.published_keys.recall(str(provider.id), metadata.jwks_uri, kid, algorithm, now)
            if known is not None:
                return known
        with self.logout_gate.passing():
            metadata = self.directory.find(provider.issuer, now)
            return self.key_finder(provider, metadata, now)(kid, algorithm)

    def key_finder(self, provider: UpstreamProvider, metadata: UpstreamMetadata, now: datetime) -> FindKey:
        """Finds the provider's published keys; an unknown ``kid`` makes it look again.

        Where they cannot be read just now it raises UpstreamUnavailable.
        """
        whose, uri = str(provider.id), metadata.jwks_uri

        def find(kid: str | None, algorithm: str) -> PublicKey | None:
            key = self.published_keys.find_key(whose, uri, kid, algorithm, now)
            if key is None and not self.published_keys.are_read(whose, uri):
                raise UpstreamUnavailable("the provider's keys cannot be read", Fault.KEYS)
            return key

        return find


def install(app: Flask, upstreams: Upstreams) -> None:
    """Make these the ones that ``current_upstreams`` finds."""
    app.extensions[EXTENSION] = upstreams


def current_upstreams() -> Upstreams:
    """Those of the app that answers this request."""
    upstreams: Upstreams = current_app.extensions[EXTENSION]
    return upstreams

"""How identity reaches the request's world without knowing who composed it.

The composition root makes one ``Context`` and hands it to ``identity.init_app``; views ask ``current()``.
Everything below the endpoints receives ``session`` and ``now`` and never comes here.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol
from uuid import UUID

from flask import Flask
from sqlmodel import Session

from identity.acr import reachable
from identity.clients.client_keys import PublishedKeys, choose_key
from identity.clients.documents import FetchDocument, FetchImage, FetchText
from identity.clients.error_log import ErrorBudget
from identity.clients.registry import ClientRegistry, RegisteredClient
from identity.clients.uses import NotedUses
from identity.dpop.nonces import Nonces
from identity.exchange import serving_app
from identity.keys.encryption import KeyEncryption
from identity.keys.key_ring import KeyRing
from identity.keys.public_key import PublicKey
from identity.sign_in_policy.policy import Limits, Platform
from profiles.audit.service import Initiator

EXTENSION = "identity"


@dataclass(frozen=True)
class IdentitySettings:
    """The settings that identity needs, by the names of ``app.config`` where they are the same."""

    issuer: str
    https: bool
    code_seconds: int
    token_seconds: int
    refresh_lifetime: timedelta
    refresh_idle: timedelta
    session_idle: timedelta
    session_absolute: timedelta
    fresh_for: timedelta
    privileged_acr: str
    """The level of sign-in that privileged actions want, and officers in any case."""
    least_acr: str
    """The level below which nobody signs in."""
    attestation_roots: tuple[bytes, ...]
    """Certificates, in PEM, of the makers of authenticators that are trusted."""
    password_cost: int
    password_memory_kib: int
    development: bool
    dpop_nonce_required: bool

    @cached_property
    def acr_values(self) -> tuple[str, ...]:
        """The levels that somebody can reach here."""
        return reachable(proves_hardware=bool(self.attestation_roots))

    @cached_property
    def platform(self) -> Platform:
        """What the platform asks of everybody's sign-in."""
        return Platform(self.least_acr, self.privileged_acr, Limits(self.session_idle, self.session_absolute))


class RequestSession(Protocol):
    """The request's one session; the first use in a GET that writes says ``writes=True``."""

    def __call__(self, *, writes: bool | None = None) -> Session: ...


class MakeApp(Protocol):
    """Makes the app behind a client that registers itself; returns its id."""

    def __call__(
        self,
        session: Session,
        now: datetime,
        initiator: Initiator,
        *,
        organisation_id: UUID,
        name: str,
        home_url: str,
        contact: str,
    ) -> UUID: ...


@dataclass(frozen=True)
class Context:
    """Settings, transactions, the clock and the caches of one process."""

    settings: IdentitySettings
    session: RequestSession
    own_transaction: Callable[[], AbstractContextManager[Session]]
    """A short transaction that commits by itself, for what must survive a refusal."""
    reading: Callable[[], AbstractContextManager[Session]]
    """A short look before the request's own transaction begins."""
    roll_back: Callable[[], None]
    """Forget what the request has written so far."""
    now: Callable[[], datetime]
    """The moment of the request: aware, UTC, the same throughout it."""
    key_ring: KeyRing
    encryption: KeyEncryption
    """Of secrets at rest that must be read again, such as those of one-time codes."""
    fetch_document: FetchDocument
    """The JSON at an address that a client gave; called before any write begins."""
    fetch_image: FetchImage
    """What claims to be an image at an address that a client gave; called before any write begins, too."""
    published_keys: PublishedKeys
    """What clients publish at their ``jwks_uri``, as this process remembers it."""
    fetch_request_object: FetchText
    """The request object at an address that a client registered; called before any write begins."""
    nonces: Nonces
    """What clients put into their proofs (RFC 9449 §8)."""
    make_app: MakeApp
    still_vouched: Callable[[Session, UUID, datetime], bool]
    """Whether a department's account that opened a session still speaks for its person."""
    is_moving: Callable[[Session, UUID, datetime], bool]
    """Whether, around a move, HR alone give this person no new way in: a security officer allows it first."""
    clients: ClientRegistry = field(default_factory=ClientRegistry)
    error_budget: ErrorBudget = field(default_factory=ErrorBudget)
    noted_uses: NotedUses = field(default_factory=NotedUses)

    def find_client(self, client_id: str) -> RegisteredClient | None:
        """The client with this id, as a rule from memory, outside the request's own transaction."""
        recalled = self.clients.recall(client_id, self.now())
        if recalled is not None:
            return recalled
        with self.reading() as session:
            return self.clients.find(session, client_id, self.now())

    def find_client_key(self, client: RegisteredClient, kid: str | None, algorithm: str) -> PublicKey | None:
        """The client's key that fits, registered or published. May fetch: call it before any write begins."""
        if client.jwks_uri is not None:
            return self.published_keys.find_key(client.client_id, client.jwks_uri, kid, algorithm, self.now())
        return choose_key(client.jwks, kid, algorithm) if client.jwks is not None else None


def install(app: Flask, context: Context) -> None:
    """Make the context the one that ``current`` finds."""
    app.extensions[EXTENSION] = context


def current() -> Context:
    """The context of the app that answers this request."""
    context: Context = serving_app().extensions[EXTENSION]
    return context

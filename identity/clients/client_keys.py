"""The public keys of clients: checked when they are registered, and fetched where they are published.

A key set is somebody else's writing: what is too large, private or symmetric is refused as a whole.
"""

import json
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from identity.clients.documents import MAX_BYTES, FetchDocument
from identity.clients.errors import DocumentUnavailable, InvalidClientKeys
from identity.keys.algorithms import ALGORITHMS
from identity.keys.errors import UnsupportedAlgorithm
from identity.keys.public_key import PublicKey
from identity.keys.unverified_jwk import is_secret, read_unverified_jwk
from identity.turn import TURN, wait_for

MOST_KEYS = 20
KEPT_FOR = timedelta(minutes=10)
FETCHED_AGAIN_AFTER = timedelta(minutes=1)
"""An unknown ``kid`` makes us look again, but nobody can make us knock more often than this."""
BELIEVED_FOR = timedelta(hours=1)
"""How long a key set holds while its address does not answer: a key may have been withdrawn there."""
MOST_CLIENTS = 4096
MOST_AT_ONCE = 2
"""Anybody can make a process look for a client's key, so that must not take all its threads."""


def check_jwks(unverified_jwks: object, algorithms: Collection[str] = ALGORITHMS) -> dict[str, Any]:
    """A client's key set, which may hold keys of other uses too (RFC 7517 §5), with one for an algorithm.

    Raises InvalidClientKeys.
    """
    keys = unverified_jwks.get("keys") if isinstance(unverified_jwks, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise InvalidClientKeys('must be an object whose "keys" are objects')
    if len(keys) > MOST_KEYS or len(json.dumps(keys)) > MAX_BYTES:
        raise InvalidClientKeys(f"may hold {MOST_KEYS} keys and {MAX_BYTES} bytes")
    if any(is_secret(key) for key in keys):
        raise InvalidClientKeys("must hold public keys only")
    kids = [key["kid"] for key in keys if "kid" in key]
    if not all(isinstance(kid, str) for kid in kids) or len(set(kids)) != len(kids):
        raise InvalidClientKeys("must have a different kid for each key")
    if not any(_usable(key, algorithm) for key in keys for algorithm in algorithms):
        raise InvalidClientKeys(f"holds no key for {', '.join(algorithms)}")
    return {"keys": keys}


def choose_key(jwks: Mapping[str, Any], kid: str | None, algorithm: str) -> PublicKey | None:
    """The one key with this ``kid`` that fits the algorithm; without a ``kid`` the only one that fits.

    None when there is none, or several to choose from (OpenID Connect Core §10.1).
    """
    fitting = [key for key in jwks["keys"] if _usable(key, algorithm)]
    if kid is not None:
        fitting = [key for key in fitting if key.get("kid") == kid]
    if len(fitting) != 1:
        return None
    return read_unverified_jwk(fitting[0], algorithm)


def _usable(key: Mapping[str, Any], algorithm: str) -> bool:
    if key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        return False
    try:
        read_unverified_jwk(key, algorithm)
    except UnsupportedAlgorithm:
        return False
    return True


@dataclass(frozen=True)
class _Fetched:
    """What came of the last attempt; ``jwks`` survives an attempt that failed."""

    jwks: Mapping[str, Any] | None
    fetched_at: datetime
    """When ``jwks`` was served; without it, of no meaning."""
    attempted_at: datetime

    def find_key(self, kid: str | None, algorithm: str, now: datetime) -> PublicKey | None:
        if self.jwks is None or abs(now - self.fetched_at) >= BELIEVED_FOR:
            return None
        return choose_key(self.jwks, kid, algorithm)


class PublishedKeys:
    """Remembers what is at each client's ``jwks_uri``, for one process. Safe to share between threads.

    While keys are being fetched, others who need them wait for at most ``patience`` seconds. Without any they
    do without: anybody can make a process fetch a client's keys, so that must not take all its threads.
    """

    def __init__(self, fetch: FetchDocument, patience: float = 0.0) -> None:
        self._fetch = fetch
        self._patience = patience
        self._lock = threading.Condition()
        self._being_fetched: set[tuple[str, str]] = set()
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._fetched: dict[tuple[str, str], _Fetched] = {}

    def find_key(
        self, client_id: str, jwks_uri: str, kid: str | None, algorithm: str, now: datetime
    ) -> PublicKey | None:
        """The key that fits, looked for again where it is published when it is not known (checklist 18).

        Fetches: call it before any write begins.
        """
        place = (client_id, jwks_uri)
        fresh = self.recall(client_id, jwks_uri, kid, algorithm, now)
        if fresh is not None:
            return fresh
        known = self._fetched.get(place)
        found = known.find_key(kid, algorithm, now) if known is not None else None
        # Only who is about to fetch takes a place. Whoever finds none has not attempted anything, and may as
        # soon as another is done.
        if self._is_due(place, now) and wait_for(self._free, 0 if found else self._patience):
            try:
                if self._may_fetch(place, now):
                    return self._fetch_and_find(place, kid, algorithm, now)
            finally:
                self._free.release()
        return found or self._find_after_others(place, kid, algorithm, now)

    def recall(
        self, client_id: str, jwks_uri: str, kid: str | None, algorithm: str, now: datetime
    ) -> PublicKey | None:
        """The key that fits, if it was seen a moment ago; nothing is fetched or waited for."""
        known = self._fetched.get((client_id, jwks_uri))
        if known is None or abs(now - known.attempted_at) >= KEPT_FOR:
            return None
        return known.find_key(kid, algorithm, now)

    def _fetch_and_find(
        self, place: tuple[str, str], kid: str | None, algorithm: str, now: datetime
    ) -> PublicKey | None:
        try:
            jwks = check_jwks(self._fetch(place[1]))
            self._fetched[place] = _Fetched(jwks, now, now)
        except (DocumentUnavailable, InvalidClientKeys):
            return None
        finally:
            with self._lock:
                self._being_fetched.discard(place)
                self._lock.notify_all()
        return choose_key(jwks, kid, algorithm)

    def are_read(self, client_id: str, jwks_uri: str) -> bool:
        """Whether the last attempt brought a key set: then a key that is not in it is no key of theirs."""
        known = self._fetched.get((client_id, jwks_uri))
        return known is not None and known.jwks is not None and known.fetched_at == known.attempted_at

    def _find_after_others(
        self, place: tuple[str, str], kid: str | None, algorithm: str, now: datetime
    ) -> PublicKey | None:
        """What somebody else brings who is fetching at this moment."""
        with TURN.given_up(), self._lock:
            self._lock.wait_for(lambda: place not in self._being_fetched, self._patience)
        known = self._fetched.get(place)
        return known.find_key(kid, algorithm, now) if known is not None else None

    def _is_due(self, place: tuple[str, str], now: datetime) -> bool:
        known = self._fetched.get(place)
        return known is None or abs(now - known.attempted_at) >= FETCHED_AGAIN_AFTER

    def _may_fetch(self, place: tuple[str, str], now: datetime) -> bool:
        """Whether an attempt is due; notes it at once, so that of many threads one goes."""
        with self._lock:
            if not self._is_due(place, now):
                return False
            known = self._fetched.get(place)
            if len(self._fetched) >= MOST_CLIENTS:
                self._fetched.clear()
            self._fetched[place] = _Fetched(
                known.jwks if known else None, known.fetched_at if known else now, now
            )
            self._being_fetched.add(place)
            return True

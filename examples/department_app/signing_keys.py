"""The provider's public keys: kept, and fetched again when a token names one that is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

REFETCH_AFTER = timedelta(minutes=1)
KEEP_FOR = timedelta(hours=1)


class KeysUnavailable(Exception):
    """The provider's keys could not be fetched, or what came is not a key set (RFC 7517 §5)."""


class SigningKeys:
    """One provider's keys by `kid`.

    A key that the provider withdrew is forgotten after an hour at most. Unknown `kid`s cause one fetch a
    minute at most, because anybody can send a token that names one.
    """

    def __init__(self, fetch: Callable[[], Mapping[str, Any]], now: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: list[dict[str, Any]] | None = None
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._lock = Lock()

    def find(self, kid: str) -> dict[str, Any] | None:
        """The one key with this `kid`; None when no key or more than one has it. Raises KeysUnavailable."""
        with self._lock:
            keys = self._current()
            if not _with_kid(keys, kid) and self._since(self._tried_at) >= REFETCH_AFTER:
                keys = self._refetched()
        found = _with_kid(keys, kid)
        return found[0] if len(found) == 1 else None

    def _current(self) -> list[dict[str, Any]]:
        if self._keys is None or self._since(self._fetched_at) >= KEEP_FOR:
            self._keys = None
            return self._refetched()
        return self._keys

    def _since(self, moment: datetime | None) -> timedelta:
        return timedelta.max if moment is None else self._now() - moment

    def _refetched(self) -> list[dict[str, Any]]:
        self._tried_at = self._now()
        keys = self._fetch().get("keys")
        if not isinstance(keys, list):
            raise KeysUnavailable("the key set has no list of keys")
        self._fetched_at = self._now()
        self._keys = [key for key in keys if isinstance(key, dict)]
        return self._keys


def _with_kid(keys: list[dict[str, Any]], kid: str) -> list[dict[str, Any]]:
    return [key for key in keys if key.get("kid") == kid]

"""The keys as one process holds them: read and decrypted once, and again when the table has changed."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from identity.keys.encryption import KeyEncryption
from identity.keys.errors import NoActiveKey
from identity.keys.model import SigningKey
from identity.keys.public_key import PublicKey
from identity.keys.service import all_keys, open_signer
from identity.keys.signer import Signer

SignerOpener = Callable[[SigningKey], Signer]
TableVersion = tuple[int, datetime | None]

CHECK_EVERY = timedelta(seconds=5)


@dataclass(frozen=True)
class HeldKey:
    """A key with its moments; those that have retired hold no signer."""

    public: PublicKey
    published_at: datetime
    activates_at: datetime
    retires_at: datetime | None
    expires_at: datetime | None
    signer: Signer | None

    def signs(self, now: datetime) -> bool:
        return self.activates_at <= now and (self.retires_at is None or now < self.retires_at)

    def is_published(self, now: datetime) -> bool:
        return self.published_at <= now and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class _Snapshot:
    version: TableVersion
    checked_at: datetime
    keys: tuple[HeldKey, ...] = field(repr=False)


class KeyRing:
    """Answers from memory; asks the database for the table's version at most every `check_every`.

    Safe to share between threads: a snapshot is replaced whole, and while one thread reads the table again
    the others go on with the snapshot they have.
    """

    def __init__(self, opener: SignerOpener, check_every: timedelta = CHECK_EVERY) -> None:
        self._open = opener
        self._check_every = check_every
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None

    @classmethod
    def of_local_keys(cls, encryption: KeyEncryption, check_every: timedelta = CHECK_EVERY) -> "KeyRing":
        """A ring whose private keys rest encrypted in the database."""
        return cls(lambda key: open_signer(key, encryption), check_every)

    def signer(self, session: Session, algorithm: str, now: datetime) -> Signer:
        """The signer of the key in use. Raises NoActiveKey, CannotDecrypt."""
        for key in self._keys(session, now):
            if key.public.algorithm == algorithm and key.signer is not None and key.signs(now):
                return key.signer
        raise NoActiveKey(f"no {algorithm} key is active")

    def public_jwks(self, session: Session, now: datetime) -> list[dict[str, Any]]:
        """The keys to publish, the newest first (RFC 7517 §5)."""
        return [key.public.jwk for key in self._keys(session, now) if key.is_published(now)]

    def public_keys(self, session: Session, now: datetime) -> Mapping[str, PublicKey]:
        """The published keys by `kid`, ready to verify."""
        return {key.public.kid: key.public for key in self._keys(session, now) if key.is_published(now)}

    def _keys(self, session: Session, now: datetime) -> tuple[HeldKey, ...]:
        seen = self._snapshot
        if seen is not None and abs(now - seen.checked_at) < self._check_every:
            return seen.keys
        # Only the first read makes the other threads wait.
        if not self._lock.acquire(blocking=seen is None):
            return seen.keys if seen is not None else ()
        try:
            if self._snapshot is None or self._snapshot is seen:
                self._snapshot = self._read(session, now, seen)
            return self._snapshot.keys
        finally:
            self._lock.release()

    def _read(self, session: Session, now: datetime, seen: _Snapshot | None) -> _Snapshot:
        version = _table_version(session)
        if seen is not None and seen.version == version:
            return _Snapshot(version, now, seen.keys)
        # Reading a private RSA key costs 40 ms: what is open already stays open.
        held = {key.public.kid: key for key in seen.keys} if seen is not None else {}
        keys = [self._hold(key, now, held.get(key.kid)) for key in all_keys(session)]
        keys.sort(key=lambda key: key.activates_at, reverse=True)
        return _Snapshot(version, now, tuple(keys))

    def _hold(self, key: SigningKey, now: datetime, held: HeldKey | None) -> HeldKey:
        may_sign = key.retires_at is None or now < key.retires_at
        signer = held.signer if held is not None else None
        if signer is None and may_sign:
            signer = self._open(key)
        return HeldKey(
            public=held.public if held is not None else PublicKey(key.public_jwk),
            published_at=key.published_at,
            activates_at=key.activates_at,
            retires_at=key.retires_at,
            expires_at=key.expires_at,
            signer=signer if may_sign else None,
        )


def _table_version(session: Session) -> TableVersion:
    """Changes whenever a key is made or retired."""
    statement = select(func.count(), func.max(col(SigningKey.updated_at))).select_from(SigningKey)
    count, updated_at = session.exec(statement).one()
    return count, updated_at

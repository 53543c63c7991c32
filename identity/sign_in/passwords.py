"""Passwords: argon2id (RFC 9106), hashed outside transactions; who serves requests takes a turn for it."""

import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from uuid import UUID

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from identity.sign_in.models import PasswordCredential
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append

SHORTEST = 12
LONGEST = 256
MOST_TYPED = 1024
"""What is longer is wrong unread: putting marks into their order takes time that grows with their square."""


class Weakness(StrEnum):
    """Why a password is not accepted. Length counts, composition does not (NIST SP 800-63B §3.1.1.2)."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    OWN_ADDRESS = "own_address"


@dataclass(frozen=True)
class PasswordCost:
    """argon2id's cost: ``time`` passes over ``memory_kib`` KiB."""

    time: int
    memory_kib: int


class PasswordHashing:
    """Hashes and verifies at one cost."""

    def __init__(self, cost: PasswordCost) -> None:
        self._argon2 = PasswordHasher(
            time_cost=cost.time, memory_cost=cost.memory_kib, parallelism=1, hash_len=32, type=Type.ID
        )
        salt, never_a_hash = _unpadded(secrets.token_bytes(16)), _unpadded(secrets.token_bytes(32))
        costs = f"m={cost.memory_kib},t={cost.time},p=1"
        self._nobodys = f"$argon2id$v=19${costs}${salt}${never_a_hash}"

    def hash(self, password: str) -> str:
        """A new hash, with its salt and cost, as text."""
        return self._argon2.hash(_normal(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right. Without a hash the same work is done, and it is wrong."""
        if len(password) > MOST_TYPED:
            password_hash, password = None, ""
        try:
            self._argon2.verify(password_hash or self._nobodys, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made at another cost than today's."""
        return self._argon2.check_needs_rehash(password_hash)


def find_weakness(password: str, addresses: Iterable[str]) -> Weakness | None:
    """Why this password may not be chosen by the person with these addresses; None when it may."""
    if len(password) > MOST_TYPED:
        return Weakness.TOO_LONG
    text = _normal(password)
    if len(text) < SHORTEST:
        return Weakness.TOO_SHORT
    if len(text) > LONGEST:
        return Weakness.TOO_LONG
    text = text.casefold()
    if text in _common_passwords() or _is_repetition(text):
        return Weakness.COMMON
    for address in addresses:
        rest = text.replace(address, "").replace(address.partition("@")[0], "")
        if rest != text and len(rest) < SHORTEST:
            return Weakness.OWN_ADDRESS
    return None


@dataclass(frozen=True)
class StoredPassword:
    """What is kept of a password. ``set_at`` stays the same when only its cost changes."""

    password_hash: str
    set_at: datetime
    locked_at: datetime | None

    @property
    def opens(self) -> bool:
        """Whether it signs its person in."""
        return self.locked_at is None


def find_stored(session: Session, person_id: UUID) -> StoredPassword | None:
    """What is kept of a person's password; None when they have set none."""
    found = select(
        col(PasswordCredential.password_hash),
        col(PasswordCredential.set_at),
        col(PasswordCredential.locked_at),
    ).where(col(PasswordCredential.person_id) == person_id)
    row = session.execute(found).one_or_none()
    return StoredPassword(row.password_hash, row.set_at, row.locked_at) if row else None


def find_hash(session: Session, person_id: UUID) -> str | None:
    """The hash of a person's password; None when they have set none."""
    stored = find_stored(session, person_id)
    return stored.password_hash if stored else None


def find_when_set(session: Session, person_id: UUID) -> datetime | None:
    """When a person's password was set, if one opens; until this transaction ends, that stays so."""
    found = select(col(PasswordCredential.set_at)).where(
        col(PasswordCredential.person_id) == person_id, col(PasswordCredential.locked_at).is_(None)
    )
    return session.execute(found.with_for_update(read=True)).scalar_one_or_none()


def store_hash(
    session: Session,
    person_id: UUID,
    password_hash: str,
    now: datetime,
    *,
    initiator: Initiator | None = None,
) -> None:
    """Make this the person's password; the old one is worth nothing from now on."""
    password = PasswordCredential(
        person_id=person_id, password_hash=password_hash, set_at=now, locked_at=None
    )
    session.merge(password)
    session.flush()
    append(session, Event.PASSWORD_SET, initiator or Initiator.person(person_id), now, person_id=person_id)


def forget(session: Session, person_id: UUID, now: datetime, initiator: Initiator) -> None:
    """Let the person have no password."""
    forgotten = session.connection().execute(
        delete(PasswordCredential).where(col(PasswordCredential.person_id) == person_id)
    )
    if forgotten.rowcount:
        append(session, Event.PASSWORD_REMOVED, initiator, now, person_id=person_id)


def set_locked(session: Session, person_id: UUID, locked_at: datetime | None) -> None:
    """Let the password open nothing from ``locked_at`` on; None lets it open the account again."""
    session.connection().execute(
        update(PasswordCredential)
        .where(col(PasswordCredential.person_id) == person_id)
        .values(locked_at=locked_at)
    )


def replace_outdated_hash(session: Session, person_id: UUID, old_hash: str, new_hash: str) -> None:
    """Keep the same password at today's cost, unless another was set meanwhile."""
    session.connection().execute(
        update(PasswordCredential)
        .where(
            col(PasswordCredential.person_id) == person_id, col(PasswordCredential.password_hash) == old_hash
        )
        .values(password_hash=new_hash)
    )


def set_password(session: Session, person_id: UUID, password: str, now: datetime, cost: PasswordCost) -> None:
    """Set a password without asking whether it is a good one, for commands that load accounts."""
    store_hash(
        session, person_id, PasswordHashing(cost).hash(password), now, initiator=Initiator.system("command")
    )


def _normal(password: str) -> str:
    """The same characters however a keyboard composes them (NIST SP 800-63B §3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _unpadded(value: bytes) -> str:
    return b64encode(value).decode().rstrip("=")


def _is_repetition(text: str) -> bool:
    """Whether the text is one short piece again and again, like ``abcabcabcabc``."""
    return (text + text).find(text, 1) < len(text)


@cache
def _common_passwords() -> frozenset[str]:
    listed = files("identity.sign_in").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(listed.split())

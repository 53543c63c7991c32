"""The first keys, and their successors, without a moment in which nothing valid can sign or be verified."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from identity.keys.algorithms import ALGORITHMS, generate_key
from identity.keys.encryption import KeyEncryption
from identity.keys.errors import RotationPending
from identity.keys.model import SigningKey, encryption_purpose

PUBLISH_AHEAD = timedelta(hours=24)
"""How long a new key is published before it signs, so that relying parties' caches know it by then."""

PUBLISHED_AFTER_RETIREMENT = timedelta(days=30)
"""How long a retired key stays published: the longest that an ID token comes back as a hint."""


def create_initial_keys(session: Session, encryption: KeyEncryption, now: datetime) -> list[SigningKey]:
    """Make a key, active at once, for each algorithm that has none to come or in use; returns the new ones.

    Raises RotationPending when another process made one at the same moment.
    """
    made = [
        _new_key(algorithm, encryption, now, activates_at=now)
        for algorithm in ALGORITHMS
        if not _unretired_keys(session, algorithm, now)
    ]
    _write(session, made)
    return made


def rotate(
    session: Session,
    encryption: KeyEncryption,
    now: datetime,
    algorithm: str | None = None,
    publish_ahead: timedelta = PUBLISH_AHEAD,
    force: bool = False,
) -> list[SigningKey]:
    """Publish a successor now, active after `publish_ahead`; its predecessor signs until that instant.

    For one algorithm or, when none is named, for all of them. An algorithm with no active key starts at once.
    Raises RotationPending, having changed nothing, when a successor already waits (unless forced: then it
    signs only until the new one does), and UnsupportedAlgorithm.
    """
    if publish_ahead < timedelta(0):
        raise ValueError("publish_ahead must not be negative")
    algorithms = [algorithm] if algorithm is not None else ALGORITHMS
    predecessors = {name: _unretired_keys(session, name, now) for name in algorithms}
    for name, keys in predecessors.items():
        if not force and any(key.activates_at > now for key in keys):
            raise RotationPending(f"a newer {name} key already waits for its activation")

    made = []
    for name, keys in predecessors.items():
        has_active = any(key.activates_at <= now for key in keys)
        successor = _new_key(name, encryption, now, now + publish_ahead if has_active else now)
        for key in keys:
            _retire(key, successor.activates_at, now)
        made.append(successor)
    _write(session, made)
    return made


def rotate_when_due(
    session: Session, encryption: KeyEncryption, now: datetime, every: timedelta
) -> list[SigningKey]:
    """Publish successors of the keys that will have signed for `every` when the successor begins to.

    Nothing happens while a successor waits, or for an algorithm that has no key. Raises RotationPending when
    another process made one at the same moment.
    """
    made = []
    for name in ALGORITHMS:
        begins = [key.activates_at for key in _unretired_keys(session, name, now)]
        if begins and max(begins) + every <= now + PUBLISH_AHEAD:
            made += rotate(session, encryption, now, name)
    return made


def _unretired_keys(session: Session, algorithm: str, now: datetime) -> Sequence[SigningKey]:
    """Keys of an algorithm that sign now or will sign later."""
    may_sign = col(SigningKey.retires_at).is_(None) | (
        (col(SigningKey.retires_at) > now) & (col(SigningKey.retires_at) > col(SigningKey.activates_at))
    )
    return session.exec(select(SigningKey).where(SigningKey.algorithm == algorithm, may_sign)).all()


def _retire(key: SigningKey, at: datetime, now: datetime) -> None:
    # A key that would begin after its own retirement never signs: its period becomes empty.
    retires_at = max(at, key.activates_at)
    if key.retires_at is not None and key.retires_at <= retires_at:
        return
    key.retires_at = retires_at
    key.expires_at = retires_at + PUBLISHED_AFTER_RETIREMENT
    key.updated_at = now


def _new_key(algorithm: str, encryption: KeyEncryption, now: datetime, activates_at: datetime) -> SigningKey:
    key = generate_key(algorithm)
    kid = key.thumbprint()
    private = json.dumps(key.as_dict(private=True)).encode("utf-8")
    return SigningKey(
        kid=kid,
        algorithm=algorithm,
        public_jwk={**key.as_dict(private=False), "kid": kid, "alg": algorithm, "use": "sig"},
        private_key_encrypted=encryption.encrypt(private, encryption_purpose(kid)),
        created_at=now,
        published_at=now,
        activates_at=activates_at,
        updated_at=now,
    )


def _write(session: Session, made: Sequence[SigningKey]) -> None:
    try:
        # Retirements go first: the index allows one key without an end per algorithm.
        session.flush()
        session.add_all(made)
        session.flush()
    except IntegrityError as error:
        raise RotationPending("another key was made at the same moment") from error

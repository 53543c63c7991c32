"""Reading the keys from the database: which signs, which are published, which ever was."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from identity.keys.encryption import KeyEncryption
from identity.keys.errors import NoActiveKey, UnknownKey
from identity.keys.model import SigningKey, encryption_purpose
from identity.keys.public_key import PublicKey
from identity.keys.signer import LocalSigner, Signer


def all_keys(session: Session) -> Sequence[SigningKey]:
    """Every key there ever was, by algorithm, the oldest first."""
    order = (col(SigningKey.algorithm), col(SigningKey.activates_at), col(SigningKey.id))
    return session.exec(select(SigningKey).order_by(*order)).all()


def active_signer(session: Session, encryption: KeyEncryption, algorithm: str, now: datetime) -> Signer:
    """The signer of the key in use. Reads and decrypts: requests ask the `KeyRing` instead.

    Raises NoActiveKey, CannotDecrypt.
    """
    statement = (
        select(SigningKey)
        .where(SigningKey.algorithm == algorithm, SigningKey.activates_at <= now)
        .where(col(SigningKey.retires_at).is_(None) | (col(SigningKey.retires_at) > now))
        .order_by(col(SigningKey.activates_at).desc())
        .limit(1)
    )
    key = session.exec(statement).first()
    if key is None:
        raise NoActiveKey(f"no {algorithm} key is active")
    return open_signer(key, encryption)


def published_keys(session: Session, now: datetime) -> list[dict[str, Any]]:
    """The public JWKs to publish, the newest first: about to be used, in use, and retired but not expired."""
    statement = (
        select(SigningKey)
        .where(SigningKey.published_at <= now)
        .where(col(SigningKey.expires_at).is_(None) | (col(SigningKey.expires_at) > now))
        .order_by(col(SigningKey.activates_at).desc(), col(SigningKey.algorithm))
    )
    return [key.public_jwk for key in session.exec(statement)]


def get_public_key(session: Session, kid: str) -> PublicKey:
    """The public key with this `kid`, however old, as verifying old audit checkpoints needs.

    Raises UnknownKey.
    """
    key = session.exec(select(SigningKey).where(SigningKey.kid == kid)).first()
    if key is None:
        raise UnknownKey("no key has this kid")
    return PublicKey(key.public_jwk)


def open_signer(key: SigningKey, encryption: KeyEncryption) -> Signer:
    """Decrypt a private key and make it ready; once per process and key. Raises CannotDecrypt."""
    private_jwk = json.loads(encryption.decrypt(key.private_key_encrypted, encryption_purpose(key.kid)))
    return LocalSigner(key.kid, key.algorithm, private_jwk)

"""Checkpoints are signed by the provider's ES256 key, and verified by the public keys of the day."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from identity.errors import IdentityError
from identity.keys.key_ring import KeyRing
from identity.keys.public_key import PublicKey
from identity.keys.service import all_keys
from profiles.audit.sealing import Sign, Signature
from profiles.audit.trail import Checkpoint
from profiles.audit.verification import VerifySignature

ALGORITHM = "ES256"


def signer_of(key_ring: KeyRing, session: Session, now: datetime) -> Sign:
    """Signs with the key in use. Raises NoActiveKey or CannotDecrypt, when it is called."""

    def sign(statement: bytes) -> Signature:
        signer = key_ring.signer(session, ALGORITHM, now)
        return Signature(signer.kid, signer.algorithm, signer.sign(statement))

    return sign


def verifier_of(jwks: Iterable[Mapping[str, Any]]) -> VerifySignature:
    """Verifies under these public keys. A key that cannot be used is as good as unknown."""
    keys = {}
    for jwk in jwks:
        try:
            key = PublicKey(dict(jwk))
        except (IdentityError, KeyError):
            continue
        keys[key.kid] = key

    def verify(checkpoint: Checkpoint, statement: bytes) -> bool | None:
        key = keys.get(checkpoint.kid)
        if key is None:
            return None
        # The key says which algorithm it is for; a checkpoint may not choose another (RFC 8725 §3.1).
        return key.algorithm == checkpoint.algorithm and key.verify(statement, checkpoint.signature_bytes())

    return verify


def known_public_keys(session: Session) -> list[dict[str, Any]]:
    """The public JWKs of every key there ever was."""
    return [key.public_jwk for key in all_keys(session)]

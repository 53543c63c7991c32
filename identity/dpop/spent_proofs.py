"""Lets each proof count once (RFC 9449 §11.1)."""

import hashlib
from datetime import datetime

from sqlmodel import Session

from identity.dpop.models import SpentProof
from identity.dpop.proofs import Proof
from identity.forgetting import BATCH, CLOCKS_APART, forget
from profiles.disclosure.once import insert_once


def spend(session: Session, proof: Proof) -> bool:
    """Spend a proof; of any number of uses at once, one is told True.

    The ``jti`` counts with its key: nobody can use up somebody else's.
    """
    # JSON may hold half a character, which is no text but no reason to fail.
    named = f"{proof.jkt}.{proof.jti}".encode("utf-8", "surrogatepass")
    proof_hash = hashlib.sha256(named).hexdigest()
    return insert_once(session, SpentProof, {"proof_hash": proof_hash, "expires_at": proof.expires_at})


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Forget proofs that are too old to be used again, by any clock; True when there may be more."""
    return forget(session, SpentProof, SpentProof.expires_at, now - CLOCKS_APART, limit)

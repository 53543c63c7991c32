"""A form that was sent by somebody who must prove again who they are: kept for them while they do so.

Encrypted at rest, for one person, for an hour. Nobody but who sent it reads it, and nothing is done with it
before they send it again from a page of ours.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from identity.forgetting import BATCH, forget
from identity.keys.encryption import KeyEncryption
from identity.sign_in.models import KeptForm

GOOD_FOR = timedelta(hours=1)
LARGEST = 64 * 1024
"""In bytes of all that was typed: what is longer is typed again."""
MOST = 10
"""How many of one person are kept at a time; the oldest goes first."""


@dataclass(frozen=True)
class Sent:
    """Where a form was sent, and the names and values of its fields, in their order."""

    path: str
    fields: Sequence[tuple[str, str]]


def keep(
    session: Session, encryption: KeyEncryption, person_id: UUID, sent: Sent, now: datetime
) -> str | None:
    """Keep what was sent, and return the token by which it is found; None where it is too long to keep."""
    written = json.dumps([sent.path, list(sent.fields)]).encode()
    if len(written) > LARGEST:
        return None
    token = secrets.token_urlsafe(32)
    kept = KeptForm(
        token_hash=_hash(token),
        person_id=person_id,
        form_encrypted=encryption.encrypt(written, _purpose(token)),
        kept_at=now,
        expires_at=now + GOOD_FOR,
    )
    own = select(KeptForm.token_hash).where(col(KeptForm.person_id) == person_id)
    newest = own.order_by(col(KeptForm.kept_at).desc()).limit(MOST - 1)
    kept_on = session.exec(newest).all()
    session.execute(
        delete(KeptForm).where(col(KeptForm.person_id) == person_id, col(KeptForm.token_hash).not_in(kept_on))
    )
    session.add(kept)
    session.flush()
    return token


def find(
    session: Session, encryption: KeyEncryption, person_id: UUID, unverified_token: str, now: datetime
) -> Sent | None:
    """What this person sent; None of somebody else's, and of what is not kept any more."""
    kept = session.get(KeptForm, _hash(unverified_token))
    if kept is None or kept.person_id != person_id or kept.expires_at <= now:
        return None
    path, fields = json.loads(encryption.decrypt(kept.form_encrypted, _purpose(unverified_token)))
    return Sent(path, [(name, value) for name, value in fields])


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Forget what is not kept any more; True when there may be more."""
    return forget(session, KeptForm, KeptForm.expires_at, now, limit)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _purpose(token: str) -> str:
    return f"kept form {_hash(token)}"

"""Challenges that a passkey signs: random, for one purpose, for a few minutes, once.

A page that offers passkeys carries its challenge in a signed note, so that showing the page writes nothing.
What was answered is remembered until the note has expired (Web Authentication Level 3 §13.4.3).
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlmodel import Session

from identity.forgetting import BATCH, CLOCKS_APART, forget
from identity.sign_in.models import SpentChallenge
from profiles.disclosure.once import insert_once

GOOD_FOR = timedelta(minutes=10)
_BYTES = 32


@dataclass(frozen=True)
class Challenge:
    """What the passkey is to sign, and until when that counts."""

    value: bytes
    expires_at: datetime


class Challenges:
    """Makes challenges and reads their notes. A note is good for the purpose that it was made for alone."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._serializer = URLSafeSerializer(
            secret_key,
            salt=f"passkey challenge: {purpose}",
            signer_kwargs={"digest_method": hashlib.sha256},
        )

    def make(self, now: datetime) -> tuple[Challenge, str]:
        """A new challenge, and the note that brings it back."""
        challenge = Challenge(secrets.token_bytes(_BYTES), now + GOOD_FOR)
        encoded = base64.b64encode(challenge.value).decode()
        note: str = self._serializer.dumps([encoded, challenge.expires_at.isoformat()])
        return challenge, note

    def read(self, unverified_note: str, now: datetime) -> Challenge | None:
        """The challenge of a note; None when it is not ours, for something else or too old."""
        try:
            encoded, moment = self._serializer.loads(unverified_note)
        except BadData:
            return None
        expires_at = datetime.fromisoformat(moment).astimezone(UTC)
        return Challenge(base64.b64decode(encoded), expires_at) if now < expires_at else None


def challenges(purpose: str) -> Challenges:
    """Those of this application for one purpose."""
    return Challenges(str(current_app.config["SECRET_KEY"]), purpose)


def spend(session: Session, challenge: Challenge) -> bool:
    """Spend a challenge; of any number of answers at once, one is told True."""
    values = {
        "challenge_hash": hashlib.sha256(challenge.value).hexdigest(),
        "expires_at": challenge.expires_at,
    }
    return insert_once(session, SpentChallenge, values)


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Forget the challenges that have expired by any clock; True when there may be more."""
    return forget(session, SpentChallenge, SpentChallenge.expires_at, now - CLOCKS_APART, limit)

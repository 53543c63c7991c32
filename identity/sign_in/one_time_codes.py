"""One-time codes of authenticator apps (TOTP, RFC 6238): set up, checked, turned off.

The secret must be read again to check a code, so it rests encrypted, bound to its person.
"""

import hmac
from datetime import datetime
from uuid import UUID

import pyotp
import segno
from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from identity.keys.encryption import KeyEncryption
from identity.sign_in import alerts
from identity.sign_in.models import OneTimeCodeSecret
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append

AMR = ("pwd", "otp", "mfa")
"""A password and a one-time password: two kinds of factors (RFC 8176 §2)."""
STEP_SECONDS = 30
DRIFT = (0, -1, 1)
"""The steps that count: clocks differ, and typing takes time (RFC 6238 §5.2)."""

_CONFIRMED = col(OneTimeCodeSecret.confirmed_at).is_not(None)
_UNCONFIRMED = col(OneTimeCodeSecret.confirmed_at).is_(None)


def begin(session: Session, encryption: KeyEncryption, person_id: UUID, now: datetime) -> bool:
    """Make a secret that does not count yet, in the place of one that never did; False when one counts."""
    forget_unconfirmed(session, person_id)
    if is_on(session, person_id):
        return False
    secret = encryption.encrypt(pyotp.random_base32().encode(), _purpose(person_id))
    session.add(OneTimeCodeSecret(person_id=person_id, secret_encrypted=secret, created_at=now))
    session.flush()
    return True


def find_unconfirmed(session: Session, encryption: KeyEncryption, person_id: UUID) -> str | None:
    """The secret that is being set up, in base32; None when there is none, or it counts already."""
    found = select(col(OneTimeCodeSecret.secret_encrypted)).where(
        col(OneTimeCodeSecret.person_id) == person_id, _UNCONFIRMED
    )
    return _decrypted(encryption, person_id, session.execute(found).scalar_one_or_none())


def find_confirmed(session: Session, encryption: KeyEncryption, person_id: UUID) -> str | None:
    """The secret that counts, in base32; None when the person uses no one-time codes."""
    found = select(col(OneTimeCodeSecret.secret_encrypted)).where(
        col(OneTimeCodeSecret.person_id) == person_id, _CONFIRMED
    )
    return _decrypted(encryption, person_id, session.execute(found).scalar_one_or_none())


def is_on(session: Session, person_id: UUID) -> bool:
    """Whether the person's password is followed by a code."""
    found = select(col(OneTimeCodeSecret.person_id)).where(
        col(OneTimeCodeSecret.person_id) == person_id, _CONFIRMED
    )
    return session.execute(found).first() is not None


def were_begun_since(session: Session, person_id: UUID, moment: datetime) -> bool:
    """Whether the secret, counting or not, was made at this moment or later."""
    found = select(col(OneTimeCodeSecret.person_id)).where(
        col(OneTimeCodeSecret.person_id) == person_id, col(OneTimeCodeSecret.created_at) >= moment
    )
    return session.execute(found).first() is not None


def matching_step(secret: str, typed: str, now: datetime) -> int | None:
    """The time step whose code this is, if it is one of now; compared in constant time."""
    code, step = "".join(typed.split()).encode(errors="replace"), int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    for candidate in (step + drift for drift in DRIFT):
        if hmac.compare_digest(totp.generate_otp(candidate).encode(), code):
            return candidate
    return None


def confirm(session: Session, person_id: UUID, step: int, now: datetime) -> bool:
    """Let a secret count, from a code that its app has shown; False when it does already."""
    confirmed = session.connection().execute(
        update(OneTimeCodeSecret)
        .where(col(OneTimeCodeSecret.person_id) == person_id, _UNCONFIRMED)
        .values(confirmed_at=now, last_step=step)
    )
    if confirmed.rowcount != 1:
        return False
    append(session, Event.ONE_TIME_CODES_ON, Initiator.person(person_id), now, person_id=person_id)
    what = "From now on your password for Lanyard is followed by a code from your authenticator app."
    alerts.tell_everywhere(session, person_id, "One-time codes were turned on", what, now)
    return True


def spend(session: Session, person_id: UUID, step: int) -> bool:
    """Use the code of a step; of any number of uses at once, one is told True (RFC 6238 §5.2)."""
    spent = session.connection().execute(
        update(OneTimeCodeSecret)
        .where(
            col(OneTimeCodeSecret.person_id) == person_id,
            _CONFIRMED,
            col(OneTimeCodeSecret.last_step) < step,
        )
        .values(last_step=step)
    )
    return bool(spent.rowcount == 1)


def forget_unconfirmed(session: Session, person_id: UUID) -> None:
    """Forget a secret that never counted: whoever began it knows it."""
    session.execute(
        delete(OneTimeCodeSecret).where(col(OneTimeCodeSecret.person_id) == person_id, _UNCONFIRMED)
    )


def turn_off(session: Session, person_id: UUID, now: datetime, *, initiator: Initiator | None = None) -> bool:
    """Forget the secret; False when there was none that counted."""
    forgotten = session.connection().execute(
        delete(OneTimeCodeSecret).where(col(OneTimeCodeSecret.person_id) == person_id, _CONFIRMED)
    )
    if forgotten.rowcount != 1:
        return False
    by = initiator or Initiator.person(person_id)
    append(session, Event.ONE_TIME_CODES_OFF, by, now, person_id=person_id)
    what = "Your password for Lanyard is no longer followed by a code from an authenticator app."
    alerts.tell(session, person_id, "One-time codes were turned off", what, now)
    return True


def qr_code(secret: str, address: str) -> str:
    """The picture that an authenticator app reads, as SVG for the page itself; no style needs allowing."""
    uri = pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=address, issuer_name="Lanyard")
    picture: str = segno.make(uri, "m").svg_inline(scale=5, light="#ffffff", svgclass="app-qr")
    return picture


def in_groups(secret: str) -> str:
    """The secret as a person types it: groups of four."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _decrypted(encryption: KeyEncryption, person_id: UUID, secret: bytes | None) -> str | None:
    return None if secret is None else encryption.decrypt(secret, _purpose(person_id)).decode()


def _purpose(person_id: UUID) -> str:
    """What a secret is encrypted for; ties the ciphertext to its person."""
    return f"one-time-codes:{person_id}"

"""Ways in that nobody made in a browser."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.sessions.credentials import CredentialKind, name
from identity.sign_in.models import OneTimeCodeSecret, Passkey, PasswordCredential


def give_passkey(
    session: Session, now: datetime, person_id: UUID, passkey_id: UUID | None = None, **changes: object
) -> str:
    """A passkey that is on record; return the name by which it is known."""
    passkey = Passkey(
        person_id=person_id,
        credential_id=f"passkey of {person_id}",
        public_key=b"",
        sign_count=0,
        transports=[],
        aaguid="",
        backup_eligible=False,
        backed_up=False,
        name="My phone",
        created_at=now,
        **({"id": passkey_id} if passkey_id else {}),
        **changes,
    )
    session.add(passkey)
    session.flush()
    return name(CredentialKind.PASSKEY, passkey.id)


def give_password(session: Session, now: datetime, person_id: UUID, *, with_codes: bool) -> str:
    """A password that is on record, with an authenticator app or none."""
    session.add(PasswordCredential(person_id=person_id, password_hash="x", set_at=now))
    if with_codes:
        session.add(
            OneTimeCodeSecret(person_id=person_id, secret_encrypted=b"", created_at=now, confirmed_at=now)
        )
    session.flush()
    return name(CredentialKind.PASSWORD)

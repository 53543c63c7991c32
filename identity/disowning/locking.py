"""Locks and unlocks what opened a session: a password, a passkey, or an account of a department."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.federation import links
from identity.sessions.credentials import CredentialKind, read
from identity.sign_in import passkeys, passwords


def lock(session: Session, person_id: UUID, credentials: Sequence[str], now: datetime) -> None:
    """Let these of the person's credentials open nothing, until they are unlocked."""
    _set(session, person_id, credentials, now)


def unlock(session: Session, person_id: UUID, credentials: Sequence[str]) -> None:
    """Let them open the account again, as far as they still exist."""
    _set(session, person_id, credentials, None)


def _set(session: Session, person_id: UUID, credentials: Sequence[str], locked_at: datetime | None) -> None:
    for credential in credentials:
        kind, credential_id = read(credential)
        match kind:
            case CredentialKind.PASSWORD:
                passwords.set_locked(session, person_id, locked_at)
            case CredentialKind.PASSKEY if credential_id:
                passkeys.set_locked(session, person_id, credential_id, locked_at)
            case CredentialKind.LINK if credential_id:
                links.set_locked(session, person_id, credential_id, locked_at)

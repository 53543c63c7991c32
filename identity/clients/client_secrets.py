"""Clients' secrets: shown once, kept as a hash, and rotated with a time in which both are good."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, or_, select

from identity.clients.models import Client, ClientSecret
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append

FINGERPRINT_DIGITS = 8


@dataclass(frozen=True)
class ClientCredentials:
    """What the relying party needs; the secret cannot be shown again, and is empty for one that has keys."""

    client_id: str
    client_secret: str


def hash_secret(client_secret: str) -> str:
    """What is kept of a secret; a fast hash is enough because ours are 256 random bits."""
    return hashlib.sha256(client_secret.encode()).hexdigest()


def fingerprint(secret_hash: str) -> str:
    """By what people tell secrets apart: some digits of the hash, which tell nothing of a random text."""
    return secret_hash[:FINGERPRINT_DIGITS]


def live_secrets(session: Session, client_id: str, now: datetime) -> list[ClientSecret]:
    """The secrets of a client that are good now, the newest first."""
    query = (
        select(ClientSecret)
        .where(
            col(ClientSecret.client_id) == client_id,
            or_(col(ClientSecret.expires_at).is_(None), col(ClientSecret.expires_at) > now),
        )
        .order_by(col(ClientSecret.created_at).desc(), col(ClientSecret.secret_hash))
    )
    return list(session.exec(query))


def count_ever(session: Session, client_id: str) -> int:
    """How many secrets a client has had, ended ones included."""
    query = select(func.count()).where(col(ClientSecret.client_id) == client_id)
    return session.exec(query).one()


def add_secret(session: Session, now: datetime, client_id: str, client_secret: str | None = None) -> str:
    """Give a client one more secret, without an end; return it."""
    secret = client_secret or secrets.token_urlsafe(32)
    session.add(ClientSecret(client_id=client_id, secret_hash=hash_secret(secret), created_at=now))
    session.flush()
    return secret


def rotate_secret(
    session: Session, now: datetime, initiator: Initiator, *, client_id: str, overlap: timedelta
) -> ClientCredentials:
    """A new secret; every older one ends after ``overlap``, or sooner where that was said before."""
    end_secrets(session, client_id, now + overlap)
    credentials = ClientCredentials(client_id, add_secret(session, now, client_id))
    details = {
        "client_id": client_id,
        "fingerprint": fingerprint(hash_secret(credentials.client_secret)),
        "overlap_seconds": int(overlap.total_seconds()),
    }
    _note(session, Event.CLIENT_SECRET_ROTATED, initiator, now, client_id, details)
    return credentials


def end_secret(
    session: Session, now: datetime, initiator: Initiator, *, client_id: str, ended_fingerprint: str
) -> bool:
    """Let the secrets of a client with this fingerprint be good no longer; False when none was good."""
    found = [
        secret
        for secret in live_secrets(session, client_id, now)
        if fingerprint(secret.secret_hash) == ended_fingerprint
    ]
    for secret in found:
        secret.expires_at = now
        session.add(secret)
    session.flush()
    if found:
        details = {"client_id": client_id, "fingerprint": ended_fingerprint}
        _note(session, Event.CLIENT_SECRET_ENDED, initiator, now, client_id, details)
    return bool(found)


def end_secrets(session: Session, client_id: str, at: datetime) -> None:
    """Let a client's secrets be good no longer than until ``at``."""
    for secret in session.exec(select(ClientSecret).where(col(ClientSecret.client_id) == client_id)):
        if secret.expires_at is None or secret.expires_at > at:
            secret.expires_at = at
            session.add(secret)
    session.flush()


def has_live_secret(session: Session, client_id: str, client_secret: str, now: datetime) -> bool:
    """Whether this is a secret of the client, good now."""
    secret = session.get(ClientSecret, (client_id, hash_secret(client_secret)))
    return secret is not None and (secret.expires_at is None or now < secret.expires_at)


def _note(
    session: Session,
    event: Event,
    initiator: Initiator,
    now: datetime,
    client_id: str,
    details: Mapping[str, Any],
) -> None:
    client = session.get(Client, client_id)
    append(session, event, initiator, now, app_id=client.app_id if client else None, details=details)

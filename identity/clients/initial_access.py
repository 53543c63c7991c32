"""Initial access tokens: who may register clients by themselves, for which organisation (RFC 7591 §3)."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from identity.clients.models import InitialAccessToken
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append


def allow(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    contact: str,
    expires_at: datetime,
    attempts: int,
) -> str:
    """A token that registers clients for this organisation, until a moment and for so many attempts.

    It is shown once and kept as a hash.
    """
    token = secrets.token_urlsafe(32)
    kept = InitialAccessToken(
        token_hash=hash_token(token),
        organisation_id=organisation_id,
        contact=contact,
        created_at=now,
        expires_at=expires_at,
        attempts_left=attempts,
    )
    session.add(kept)
    session.flush()
    details = {"token_id": str(kept.id), "attempts": attempts}
    append(
        session, Event.REGISTRATION_ALLOWED, initiator, now, organisation_id=organisation_id, details=details
    )
    return token


def is_good(session: Session, unverified_token: str, now: datetime) -> bool:
    """Whether the token has an attempt left: a look that writes nothing and promises none."""
    found = session.exec(select(InitialAccessToken.id).where(*_good(unverified_token, now)))
    return found.first() is not None


def use(session: Session, unverified_token: str, now: datetime) -> InitialAccessToken | None:
    """Take one attempt of a token; None when it is unknown, expired or used up.

    One conditional UPDATE, so that no number of requests at once gets more than there are.
    """
    taken = session.execute(
        update(InitialAccessToken)
        .where(*_good(unverified_token, now))
        .values(attempts_left=col(InitialAccessToken.attempts_left) - 1)
        .returning(col(InitialAccessToken.id))
    ).one_or_none()
    return None if taken is None else session.get(InitialAccessToken, taken.id)


def _good(unverified_token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(InitialAccessToken.token_hash) == hash_token(unverified_token),
        col(InitialAccessToken.expires_at) > now,
        col(InitialAccessToken.attempts_left) > 0,
    )


def hash_token(token: str) -> str:
    """What is kept of a token for registration; a fast hash is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()

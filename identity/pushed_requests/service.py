"""Keeps pushed requests under references that nobody can guess, and lets each give one code (RFC 9126)."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from identity.forgetting import BATCH, forget
from identity.parameters import Parameters
from identity.pushed_requests.models import PushedRequest
from identity.reauthentication import GOOD_FOR

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFETIME = timedelta(seconds=60)
"""How soon the person must come with the reference; who came in time may sign in for ``GOOD_FOR``."""

# They prove the client, and are no part of what it asks for; the secret must not be kept (RFC 9126 §2.1).
_PROOFS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
_INSERT = insert(PushedRequest)
_BY_REFERENCE = select(
    col(PushedRequest.parameters), col(PushedRequest.expires_at), col(PushedRequest.spent_at)
).where(
    col(PushedRequest.reference_hash) == bindparam("reference_hash"),
    col(PushedRequest.client_id) == bindparam("client_id"),
)
_SPEND = (
    update(PushedRequest)
    .where(
        col(PushedRequest.reference_hash) == bindparam("presented_hash"),
        col(PushedRequest.spent_at).is_(None),
    )
    .values(spent_at=bindparam("now"))
)


def is_reference(request_uri: str) -> bool:
    """Whether this ``request_uri`` refers to a pushed request, and not to a document elsewhere."""
    return request_uri.startswith(PREFIX)


def push(session: Session, client_id: str, parameters: Parameters, now: datetime) -> str:
    """Keep a request that is in order; return its ``request_uri``, of 256 random bits (RFC 9126 §2.2)."""
    request_uri = PREFIX + secrets.token_urlsafe(32)
    values = {
        "reference_hash": _hash(request_uri),
        "client_id": client_id,
        "parameters": [[name, value] for name, value in parameters.pairs if name not in _PROOFS],
        "expires_at": now + LIFETIME,
    }
    session.connection().execute(_INSERT, values)
    return request_uri


def find(
    session: Session, client_id: str, request_uri: str, first_seen: datetime | None, now: datetime
) -> Parameters | None:
    """What this client pushed; None when it is unknown, another client's, spent or came too late.

    ``first_seen`` is when the person came with it, if that was before: reloading the page or taking a while
    to sign in does not burn it (RFC 9126 §4).
    """
    keys = {"reference_hash": _hash(request_uri), "client_id": client_id}
    row = session.connection().execute(_BY_REFERENCE, keys).one_or_none()
    if row is None or row.spent_at is not None or (first_seen or now) >= row.expires_at:
        return None
    return Parameters((name, value) for name, value in row.parameters)


def spend(session: Session, request_uri: str, now: datetime) -> bool:
    """Spend a request by one conditional UPDATE; of any number at once, one succeeds."""
    values = {"presented_hash": _hash(request_uri), "now": now}
    return session.connection().execute(_SPEND, values).rowcount == 1


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Delete requests that nobody can be on the way with any more; True when there may be more."""
    return forget(session, PushedRequest, PushedRequest.expires_at, now - GOOD_FOR, limit)


def _hash(request_uri: str) -> str:
    return hashlib.sha256(request_uri.encode()).hexdigest()

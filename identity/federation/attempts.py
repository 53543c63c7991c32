"""A sign-in at a department's provider: begun with a fresh ``state``, and finished once by the same browser.

The ``nonce`` (OpenID Connect Core §3.1.2.1) and the PKCE verifier (RFC 7636 §4.1) are derived from the state
under a key of ours, so that none of the three lies in the database.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from identity.federation.errors import AttemptOver, TooManyAttempts
from identity.federation.models import AttemptPurpose, UpstreamAttempt
from identity.forgetting import BATCH, forget
from identity.sign_in.throttling import source_key
from profiles.disclosure.once import insert_once
from profiles.prepared import Prepared

GOOD_FOR = timedelta(minutes=15)
"""How long signing in at the department may take."""
MOST_OF_A_NETWORK = 1000
"""Attempts of one network that were begun and came to no proof. Those that did are forgotten at once, so that
an office of any size may share an address; a stranger, who proves nothing, cannot fill the table."""


_NOW = bindparam("now", type_=UTCDateTime)
_BEGUN = Prepared(
    select(col(UpstreamAttempt.expires_at))
    .where(
        col(UpstreamAttempt.source_hash) == bindparam("source_hash"), col(UpstreamAttempt.expires_at) > _NOW
    )
    .limit(MOST_OF_A_NETWORK)
)
_SPEND = Prepared(
    update(UpstreamAttempt)
    .where(
        col(UpstreamAttempt.state_hash) == bindparam("of_state"),
        col(UpstreamAttempt.provider_id) == bindparam("of_provider"),
        col(UpstreamAttempt.browser_hash) == bindparam("of_browser"),
        col(UpstreamAttempt.spent_at).is_(None),
        col(UpstreamAttempt.expires_at) > _NOW,
    )
    .values(spent_at=_NOW)
    .returning(
        col(UpstreamAttempt.purpose),
        col(UpstreamAttempt.next_path),
        col(UpstreamAttempt.person_id),
        col(UpstreamAttempt.invitation_hash),
        col(UpstreamAttempt.fresh),
    )
)
_FORGET = Prepared(delete(UpstreamAttempt).where(col(UpstreamAttempt.state_hash) == bindparam("state_hash")))


@dataclass(frozen=True)
class Purpose:
    """Why somebody is sent to their department's provider, and where they go afterwards."""

    kind: AttemptPurpose
    next_path: str
    person_id: UUID | None = None
    invitation_hash: str | None = None
    fresh: bool = False
    """Whether the person must sign in there anew, because that is what was asked for here."""

    @property
    def signs_in(self) -> bool:
        """Whether the person wants in, and has nothing else in mind."""
        return self.kind is AttemptPurpose.SIGN_IN


@dataclass(frozen=True)
class Proofs:
    """What the provider must return, and what shows it that it is still us."""

    nonce: str
    code_verifier: str

    @property
    def code_challenge(self) -> str:
        """The S256 challenge (RFC 7636 §4.2)."""
        return _encoded(hashlib.sha256(self.code_verifier.encode()).digest())


def begin(
    session: Session, provider_id: UUID, purpose: Purpose, browser: str, source: str, now: datetime
) -> str:
    """Note an attempt by this browser at this network address; return its ``state``.

    Raises TooManyAttempts.
    """
    source_hash = source_key(source)
    _check_few(session, source_hash, now)
    state = secrets.token_urlsafe(32)
    attempt = UpstreamAttempt(
        state_hash=_hash(state),
        provider_id=provider_id,
        browser_hash=_hash(browser),
        source_hash=source_hash,
        purpose=purpose.kind,
        next_path=purpose.next_path,
        person_id=purpose.person_id,
        invitation_hash=purpose.invitation_hash,
        fresh=purpose.fresh,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    insert_once(session, UpstreamAttempt, attempt.model_dump())
    return state


def _check_few(session: Session, source_hash: str, now: datetime) -> None:
    """Not exact when many begin at the same moment, which a limit against filling tables need not be."""
    begun = _BEGUN.all(session, {"source_hash": source_hash, "now": now})
    if len(begun) >= MOST_OF_A_NETWORK:
        raise TooManyAttempts(min(row.expires_at for row in begun))


def finish(
    session: Session, provider_id: UUID, unverified_state: str, unverified_browser: str, now: datetime
) -> Purpose:
    """Spend an attempt, whatever the provider answered; of any number of answers at once, one is heard.

    Raises AttemptOver, also for another browser's, which would be a sign-in that somebody else began.
    """
    values = {
        "of_state": _hash(unverified_state),
        "of_provider": provider_id,
        "of_browser": _hash(unverified_browser),
        "now": now,
    }
    row = _SPEND.first(session, values)
    if row is None:
        raise AttemptOver("the attempt is over, or another browser's")
    return Purpose(row.purpose, row.next_path, row.person_id, row.invitation_hash, row.fresh)


def forget_proven(session: Session, state: str) -> None:
    """Forget an attempt that came to its end: it is spent, and counts against its network no more."""
    _FORGET.run(session, {"state_hash": _hash(state)})


def forget_expired(session: Session, now: datetime, limit: int = BATCH) -> bool:
    """Forget attempts that can no longer come back; True when there may be more."""
    return forget(session, UpstreamAttempt, UpstreamAttempt.expires_at, now, limit)


def proofs(state: str, secret_key: str) -> Proofs:
    """The nonce and the verifier of a state; nobody who sees the state can make them."""
    return Proofs(_derived(state, secret_key, "nonce"), _derived(state, secret_key, "code_verifier"))


def _derived(state: str, secret_key: str, what: str) -> str:
    return _encoded(hmac.digest(secret_key.encode(), f"upstream {what}:{state}".encode(), "sha256"))


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

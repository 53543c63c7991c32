"""Login sessions: begun, found by their cookie, confirmed by signing in again, ended.

The cookie holds 256 random bits; the database holds their SHA-256, so that who reads the database cannot use
a session. A fast hash is enough because the token cannot be guessed.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, or_, select, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from identity.acr import PASSWORD_AMR, level_of
from identity.sessions.models import LoginSession, SessionClient
from identity.sessions.session_clients import end_client, join_client
from identity.sessions.upstream_session import ProvenElsewhere
from identity.sign_in_policy.policy import Limits
from identity.tokens.models import Grant, RefreshToken
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.once import insert_once
from profiles.errors import NotFound
from profiles.prepared import Prepared

__all__ = [
    "Limits",
    "SessionView",
    "SignedIn",
    "confirm",
    "end",
    "end_client",
    "end_own",
    "find_signed_in",
    "is_fresh",
    "is_seen_due",
    "join_client",
    "list_for_person",
    "note_seen",
    "start",
]

SEEN_EVERY = timedelta(minutes=1)
"""How often at most a session in use is written to, so that most requests only read."""


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, since when (``auth_time``), and how they proved it.

    One that ``is_limited`` does not meet what is asked of the person: it is good for setting up what does,
    and for nothing else.
    """

    session_id: UUID
    person_id: UUID
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    last_seen_at: datetime
    proved_at: datetime
    """When it was begun or confirmed here, whatever a department says of when it asked."""
    upstream_link_id: UUID | None = None
    """The account at a department's provider that vouches for the person; None when we saw it ourselves."""
    aaguid: str | None = None
    """The model of the authenticator that it was proved with."""
    is_limited: bool = False

    def is_over(self, now: datetime, limits: Limits) -> bool:
        """Whether it is past these limits, which may have become shorter since it was begun."""
        return now >= self.last_seen_at + limits.idle or now >= self.proved_at + limits.absolute


@dataclass(frozen=True)
class SessionView:
    """A session as its owner sees it; ``app_ids`` are the apps it was used at and has not ended at.

    ``is_signed_in`` is False when it merely expired but an app of it may still act by itself.
    """

    session_id: UUID
    created_at: datetime
    auth_time: datetime
    last_seen_at: datetime
    user_agent: str
    app_ids: tuple[UUID, ...]
    is_signed_in: bool


_NOW = bindparam("now", type_=UTCDateTime)
_FIND = Prepared(
    select(
        col(LoginSession.id),
        col(LoginSession.person_id),
        col(LoginSession.auth_time),
        col(LoginSession.acr),
        col(LoginSession.amr),
        col(LoginSession.last_seen_at),
        col(LoginSession.proved_at),
        col(LoginSession.upstream_link_id),
        col(LoginSession.aaguid),
    ).where(
        col(LoginSession.token_hash) == bindparam("token_hash"),
        col(LoginSession.ended_at).is_(None),
        col(LoginSession.idle_expires_at) > _NOW,
        col(LoginSession.expires_at) > _NOW,
    )
)


def start(
    session: Session,
    now: datetime,
    *,
    person_id: UUID,
    limits: Limits,
    amr: Sequence[str] = PASSWORD_AMR,
    elsewhere: ProvenElsewhere | None = None,
    credential: str | None = None,
    aaguid: str | None = None,
    user_agent: str = "",
) -> str:
    """Begin a session for a person who has just proved who they are; return the cookie's new token.

    ``amr`` says by what (RFC 8176), and with that at which level, unless it was proved ``elsewhere``;
    ``credential`` is its name, by which it is locked if the person says that it was not them.
    """
    token = _new_token()
    login_session = LoginSession(
        token_hash=_hash(token),
        person_id=person_id,
        **_how(now, amr, elsewhere, limits),
        created_at=now,
        proved_at=now,
        last_seen_at=now,
        idle_expires_at=now + min(limits.idle, limits.absolute),
        expires_at=now + limits.absolute,
        credentials=[credential] if credential else [],
        aaguid=aaguid,
        user_agent=user_agent,
    )
    insert_once(session, LoginSession, login_session.model_dump())
    append(
        session,
        Event.SIGN_IN_SUCCEEDED,
        Initiator.person(person_id),
        now,
        person_id=person_id,
        details={"session_id": str(login_session.id), "amr": list(amr), **_vouched(elsewhere)},
    )
    return token


def find_signed_in(session: Session, cookie_token: str, now: datetime) -> SignedIn | None:
    """Who holds this cookie; None when the session is unknown, ended, idle too long or past its limit."""
    row = _FIND.first(session, {"token_hash": _hash(cookie_token), "now": now})
    if row is None:
        return None
    return SignedIn(
        session_id=row.id,
        person_id=row.person_id,
        auth_time=row.auth_time,
        acr=row.acr,
        amr=tuple(row.amr),
        last_seen_at=row.last_seen_at,
        proved_at=row.proved_at,
        upstream_link_id=row.upstream_link_id,
        aaguid=row.aaguid,
    )


def is_fresh(signed_in: SignedIn, now: datetime, fresh_for: timedelta) -> bool:
    """Whether the person proved who they are recently enough for what cannot be taken back."""
    return now - signed_in.auth_time <= fresh_for


def is_seen_due(signed_in: SignedIn, now: datetime) -> bool:
    """Whether ``note_seen`` has something to write: at most once a minute."""
    return now - signed_in.last_seen_at >= SEEN_EVERY


def note_seen(session: Session, signed_in: SignedIn, now: datetime, limits: Limits) -> None:
    """Begin the idle time anew; of several requests at once, one writes."""
    idle_expires_at = now + limits.idle
    live = (col(LoginSession.id) == signed_in.session_id, col(LoginSession.ended_at).is_(None))
    seen_before = (*live, col(LoginSession.last_seen_at) <= now - SEEN_EVERY)
    session.connection().execute(
        update(LoginSession)
        .where(*seen_before, col(LoginSession.expires_at) >= idle_expires_at)
        .values(last_seen_at=now, idle_expires_at=idle_expires_at)
    )
    session.connection().execute(
        update(LoginSession)
        .where(*seen_before, col(LoginSession.expires_at) < idle_expires_at)
        .values(last_seen_at=now, idle_expires_at=LoginSession.expires_at)
    )


def confirm(
    session: Session,
    signed_in: SignedIn,
    now: datetime,
    limits: Limits,
    *,
    amr: Sequence[str] = PASSWORD_AMR,
    elsewhere: ProvenElsewhere | None = None,
    credential: str | None = None,
    aaguid: str | None = None,
) -> str | None:
    """The same person has proved again who they are: ``auth_time`` advances, both limits begin anew.

    Return the cookie's new token; the old one is worth nothing from now on. None when the session is over.
    """
    token = _new_token()
    before = select(col(LoginSession.credentials)).where(col(LoginSession.id) == signed_in.session_id)
    used = [*(session.execute(before).scalar_one_or_none() or ()), *([credential] if credential else ())]
    confirmed = session.connection().execute(
        update(LoginSession)
        .where(
            col(LoginSession.id) == signed_in.session_id,
            col(LoginSession.person_id) == signed_in.person_id,
            col(LoginSession.ended_at).is_(None),
            col(LoginSession.idle_expires_at) > now,
        )
        .values(
            token_hash=_hash(token),
            credentials=list(dict.fromkeys(used)),
            aaguid=aaguid,
            **_how(now, amr, elsewhere, limits),
            proved_at=now,
            last_seen_at=now,
            idle_expires_at=now + min(limits.idle, limits.absolute),
            expires_at=now + limits.absolute,
        )
    )
    if confirmed.rowcount != 1:
        return None
    append(
        session,
        Event.SIGN_IN_SUCCEEDED,
        Initiator.person(signed_in.person_id),
        now,
        person_id=signed_in.person_id,
        details={
            "session_id": str(signed_in.session_id),
            "amr": list(amr),
            "again": True,
            **_vouched(elsewhere),
        },
    )
    return token


def end(
    session: Session, session_id: UUID, now: datetime, reason: str, *, initiator: Initiator | None = None
) -> bool:
    """End a session and its part at each client, which are told; False when it had ended already.

    ``reason`` is a short sentence for the receipts. Without an initiator it is the session's own person.
    """
    ended = session.execute(
        update(LoginSession)
        .where(col(LoginSession.id) == session_id, col(LoginSession.ended_at).is_(None))
        .values(ended_at=now, ended_reason=reason)
        .returning(col(LoginSession.person_id))
    )
    person_id = ended.scalar_one_or_none()
    if person_id is None:
        return False
    initiator = initiator or Initiator.person(person_id)
    details = {"session_id": str(session_id), "reason": reason}
    append(session, Event.SESSION_ENDED, initiator, now, person_id=person_id, details=details)
    of_this_session = select(SessionClient).where(
        col(SessionClient.session_id) == session_id, col(SessionClient.ended_at).is_(None)
    )
    for session_client in session.execute(of_this_session).scalars().all():
        end_client(session, session_client, now, reason, initiator=initiator)
    return True


def end_opened_by(
    session: Session, upstream_link_id: UUID, now: datetime, reason: str, initiator: Initiator
) -> None:
    """End the sessions that an account at a department's provider opened."""
    opened = select(col(LoginSession.id)).where(
        col(LoginSession.upstream_link_id) == upstream_link_id, col(LoginSession.ended_at).is_(None)
    )
    for session_id in session.execute(opened).scalars().all():
        end(session, session_id, now, reason, initiator=initiator)


def end_all(session: Session, person_id: UUID, now: datetime, reason: str, initiator: Initiator) -> int:
    """End every session of a person, also those that only an app still has; return how many there were."""
    theirs = select(col(LoginSession.id)).where(
        col(LoginSession.person_id) == person_id, col(LoginSession.ended_at).is_(None)
    )
    found = session.execute(theirs.order_by(col(LoginSession.id))).scalars().all()
    return sum(end(session, session_id, now, reason, initiator=initiator) for session_id in found)


def end_own(session: Session, person_id: UUID, session_id: UUID, now: datetime, reason: str) -> None:
    """End one of a person's own sessions. Raises NotFound when it is not theirs, or over already."""
    if not end(session, get_own(session, person_id, session_id).id, now, reason):
        raise NotFound("This session has ended already.")


def get_own(session: Session, person_id: UUID, session_id: UUID) -> LoginSession:
    """One of a person's own sessions, over or not. Raises NotFound when it is not theirs, or forgotten."""
    theirs = select(LoginSession).where(
        col(LoginSession.id) == session_id, col(LoginSession.person_id) == person_id
    )
    found: LoginSession | None = session.execute(theirs).scalar_one_or_none()
    if found is None:
        raise NotFound("This session has ended already.")
    return found


def list_for_person(session: Session, person_id: UUID, now: datetime) -> list[SessionView]:
    """A person's sessions that they can still end, the one seen last first.

    They are the live ones, and those whose apps still have a refresh token (OpenID Connect Core §11).
    """
    acts_offline = exists().where(
        col(SessionClient.session_id) == col(LoginSession.id),
        col(SessionClient.ended_at).is_(None),
        col(Grant.session_client_id) == col(SessionClient.id),
        col(Grant.sid) == col(SessionClient.sid),
        col(Grant.revoked_at).is_(None),
        col(RefreshToken.grant_id) == col(Grant.id),
        col(RefreshToken.spent_at).is_(None),
        col(RefreshToken.expires_at) > now,
    )
    live = (
        select(LoginSession)
        .where(
            col(LoginSession.person_id) == person_id,
            col(LoginSession.ended_at).is_(None),
            or_(col(LoginSession.idle_expires_at) > now, acts_offline),
        )
        .order_by(col(LoginSession.last_seen_at).desc(), col(LoginSession.id).desc())
    )
    sessions = session.execute(live).scalars().all()
    used = select(col(SessionClient.session_id), col(SessionClient.app_id)).where(
        col(SessionClient.session_id).in_([one.id for one in sessions]),
        col(SessionClient.ended_at).is_(None),
    )
    apps: dict[UUID, list[UUID]] = {}
    for session_id, app_id in session.execute(used.order_by(col(SessionClient.first_used_at))):
        apps.setdefault(session_id, []).append(app_id)
    return [
        SessionView(
            one.id,
            one.created_at,
            one.auth_time,
            one.last_seen_at,
            one.user_agent,
            tuple(dict.fromkeys(apps.get(one.id, ()))),
            one.idle_expires_at > now,
        )
        for one in sessions
    ]


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _how(
    now: datetime, amr: Sequence[str], elsewhere: ProvenElsewhere | None, limits: Limits
) -> dict[str, Any]:
    """The columns that say how a person proved who they are.

    A provider that does not say when may have asked long ago: that never counts as new. What a sign-in at the
    department opened and its person proves again here still ends when they sign out there.
    """
    if elsewhere is None:
        return {"auth_time": now, "acr": level_of(amr), "amr": list(amr), "upstream_link_id": None}
    return {
        "auth_time": elsewhere.auth_time or now - limits.absolute,
        "acr": elsewhere.acr,
        "amr": list(amr),
        "upstream_link_id": elsewhere.upstream_link_id,
        "upstream_provider_id": elsewhere.there.provider_id,
        "upstream_sub_hash": elsewhere.there.sub_hash,
        "upstream_sid_hash": elsewhere.there.sid_hash,
    }


def _vouched(elsewhere: ProvenElsewhere | None) -> dict[str, str]:
    """What the audit says of who vouched for the person."""
    return {} if elsewhere is None else {"upstream_link_id": str(elsewhere.upstream_link_id)}

"""A login session's part at one client: joined when a code is issued, ended for good once."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import JSON, String, Uuid, bindparam, case, exists, literal, null, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from identity.clients.enabled import enabled
from identity.clients.models import Client
from identity.sessions.errors import SessionEnded
from identity.sessions.models import LoginSession, SessionClient
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.disclosure.service import acknowledge_within
from profiles.outbox.models import MessageKind
from profiles.outbox.service import enqueue
from profiles.prepared import Prepared, for_each_dialect


class SignedInPerson(Protocol):
    """The part of ``SignedIn`` that joining a client needs."""

    @property
    def session_id(self) -> UUID: ...
    @property
    def person_id(self) -> UUID: ...


class RelyingParty(Protocol):
    """The part of a registered client that a session needs."""

    @property
    def client_id(self) -> str: ...
    @property
    def app_id(self) -> UUID: ...


@dataclass(frozen=True)
class JoinedClient:
    """A session's part at a client, as it is after joining."""

    id: UUID
    sid: str


def _join(insert: Any) -> Any:
    """Insert or update the part of a session that is not over, which is locked until the end."""
    given = {
        "id": bindparam("new_id", type_=Uuid()),
        "client_id": bindparam("client_id", type_=String()),
        "app_id": bindparam("app_id", type_=Uuid()),
        "person_id": bindparam("person_id", type_=Uuid()),
        "sid": bindparam("new_sid", type_=String()),
        "sub": bindparam("sub", type_=String()),
        "roles": bindparam("roles", type_=JSON()),
        "first_used_at": bindparam("now", type_=UTCDateTime()),
        "last_used_at": bindparam("now", type_=UTCDateTime()),
        "ended_reason": literal(""),
    }
    of_session = select(col(LoginSession.id), *given.values()).where(
        col(LoginSession.id) == bindparam("session_id"),
        col(LoginSession.ended_at).is_(None),
        enabled(bindparam("client_id", type_=String())),
    )
    joined = insert(SessionClient).from_select(["session_id", *given], of_session.with_for_update(read=True))
    new, live = joined.excluded, col(SessionClient.ended_at).is_(None)
    return joined.on_conflict_do_update(
        index_elements=["session_id", "client_id"],
        set_={
            "sid": case((live, col(SessionClient.sid)), else_=new.sid),
            "first_used_at": case((live, col(SessionClient.first_used_at)), else_=new.first_used_at),
            "last_used_at": new.last_used_at,
            "sub": new.sub,
            "roles": new.roles,
            "ended_at": null(),
            "ended_reason": "",
        },
    ).returning(col(SessionClient.id), col(SessionClient.sid))


_JOIN = Prepared(for_each_dialect(_join))
_GO_ON = Prepared(
    update(SessionClient)
    .where(
        col(SessionClient.session_id) == bindparam("of_session"),
        col(SessionClient.client_id) == bindparam("at_client"),
        col(SessionClient.ended_at).is_(None),
        exists().where(col(LoginSession.id) == bindparam("of_session"), col(LoginSession.ended_at).is_(None)),
        enabled(bindparam("at_client", type_=String())),
    )
    .values(sub=bindparam("sub"), roles=bindparam("roles"), last_used_at=bindparam("now"))
    .returning(col(SessionClient.id), col(SessionClient.sid))
)
"""Update the part that lives already. The end of the session needs this very row: no other is locked."""


_END = Prepared(
    update(SessionClient)
    .where(
        col(SessionClient.id) == bindparam("which"),
        col(SessionClient.sid) == bindparam("of_sid"),
        col(SessionClient.ended_at).is_(None),
    )
    .values(ended_at=bindparam("now"), ended_reason=bindparam("why"))
)
_TOLD_AT = Prepared(
    select(col(Client.backchannel_logout_uri)).where(col(Client.client_id) == bindparam("at_client"))
)


def join_client(
    session: Session,
    signed_in: SignedInPerson,
    client: RelyingParty,
    sub: str,
    roles: Sequence[str],
    now: datetime,
) -> JoinedClient:
    """Note that this session is in use at this client, which is told ``sub`` and ``roles``.

    The ``sid`` stays the same until the client's part ends; after that a new one begins. Raises SessionEnded
    when the login session is over or the client disabled. Ending the session sees this client or happens
    before: its row is locked, or, where there is none that lives, the session.
    """
    told = {"sub": sub, "roles": list(roles), "now": now}
    present = {"of_session": signed_in.session_id, "at_client": client.client_id}
    joined = _GO_ON.first(session, present | told)
    if joined is None:
        new = {
            "new_id": new_id(),
            "session_id": signed_in.session_id,
            "client_id": client.client_id,
            "app_id": client.app_id,
            "person_id": signed_in.person_id,
            "new_sid": secrets.token_urlsafe(24),
        }
        joined = _JOIN.first(session, new | told)
    if joined is None:
        raise SessionEnded("the login session is over, or the client is disabled")
    return JoinedClient(joined.id, joined.sid)


def used_at(
    session: Session, person_id: UUID, app_ids: Collection[UUID], since: datetime
) -> dict[UUID, bool]:
    """At which of these apps a person had a session at ``since``, and whether one of those lives still."""
    theirs = select(col(SessionClient.app_id), col(SessionClient.ended_at)).where(
        col(SessionClient.person_id) == person_id,
        col(SessionClient.app_id).in_(app_ids),
        col(SessionClient.first_used_at) < since,
        or_(col(SessionClient.ended_at).is_(None), col(SessionClient.ended_at) >= since),
    )
    found: dict[UUID, bool] = {}
    for app_id, ended_at in session.execute(theirs):
        found[app_id] = found.get(app_id, False) or ended_at is None
    return found


def end_client(
    session: Session,
    session_client: SessionClient,
    now: datetime,
    reason: str,
    *,
    initiator: Initiator | None = None,
    is_planned: bool = False,
) -> bool:
    """End the session at one client, and tell it if it listens; False when it had ended already.

    Its grants are worth nothing from now on: codes and tokens carry the ``sid`` and are good only while it
    is live. Without an initiator it is Lanyard itself, because access has changed. What is planned, maybe
    for thousands at one instant, is told after what is not.
    """
    session.flush()
    which = {"which": session_client.id, "of_sid": session_client.sid}
    if _END.run(session, which | {"now": now, "why": reason}) != 1:
        return False
    set_committed_value(session_client, "ended_at", now)
    set_committed_value(session_client, "ended_reason", reason)
    append(
        session,
        Event.APP_SESSION_ENDED,
        initiator or Initiator.system("access changes"),
        now,
        person_id=session_client.person_id,
        app_id=session_client.app_id,
        details={"session_client_id": str(session_client.id), "reason": reason},
    )
    if _TOLD_AT.scalar(session, {"at_client": session_client.client_id}):
        enqueue(
            session,
            MessageKind.LOGOUT,
            {
                "client_id": session_client.client_id,
                "session_client_id": str(session_client.id),
                "sub": session_client.sub,
                "sid": session_client.sid,
            },
            reason=reason,
            now=now,
            app_id=session_client.app_id,
            person_id=session_client.person_id,
            overdue_after=acknowledge_within(session, session_client.app_id, now),
            goes_first=not is_planned,
        )
    return True
